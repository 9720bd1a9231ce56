import HTTPMessage
import HTTPServer
import Logging
import TUF
import Warehouse

/// `/metrics`: this process's traffic and the index's state, as Prometheus reads it.
///
/// - Source: Prometheus text exposition format, version 0.0.4.
struct MetricsPage {
    private(set) var text = ""

    init(_ traffic: [(area: Traffic.Area, counts: Traffic.Counts)]) {
        describe(
            "bonded_http_requests_total", "counter", "Requests answered, by part of the site and status.")
        for (area, counts) in traffic {
            for (hundreds, count) in counts.statuses.enumerated() where count > 0 {
                add(
                    "bonded_http_requests_total", [("area", area.rawValue), ("code", "\(hundreds)xx")], count)
            }
        }
        describe("bonded_http_cached_total", "counter", "Requests answered from memory.")
        for (area, counts) in traffic {
            add("bonded_http_cached_total", [("area", area.rawValue)], counts.cached)
        }
        let name = "bonded_http_request_seconds"
        describe(name, "histogram", "How long requests took that were not answered from memory.")
        for (area, counts) in traffic where counts.measured > 0 {
            for (bound, count) in zip(Traffic.bounds, counts.durations) {
                add("\(name)_bucket", [("area", area.rawValue), ("le", "\(bound)")], count)
            }
            add("\(name)_bucket", [("area", area.rawValue), ("le", "+Inf")], counts.measured)
            add("\(name)_sum", [("area", area.rawValue)], counts.seconds)
            add("\(name)_count", [("area", area.rawValue)], counts.measured)
        }
    }

    mutating func add(_ gauges: IndexGauges, roles: [RoleStanding], now: MetadataTime) {
        gauge("bonded_pending_transactions", "Project transactions that wait for a snapshot.", gauges.pending)
        gauge(
            "bonded_oldest_pending_seconds", "How long the oldest of them has waited.", gauges.oldestPending)
        gauge("bonded_drafts_waiting", "Drafts that wait for maintainers' signatures.", gauges.drafts)
        gauge(
            "bonded_offline_draft_out", "Whether offline metadata is being signed.",
            gauges.hasOfflineDraft ? 1 : 0)
        gauge("bonded_signer_leads", "Whether a snapshot process leads.", gauges.isLed ? 1 : 0)
        gauge("bonded_snapshot_version", "The version of the public snapshot.", gauges.snapshotVersion)
        gauge("bonded_snapshot_age_seconds", "How long it has been public.", gauges.snapshotAge)
        let publications = gauges.publications
        if let duration = publications.lastDuration {
            gauge(
                "bonded_publication_seconds", "How long the last publication took.", duration / .seconds(1))
        }
        counter(
            "bonded_publications_total", "Publications, by whichever snapshot process.",
            publications.published)
        counter(
            "bonded_publication_failures_total",
            "Attempts to publish that made nothing public: see the log of `bonded sign`.",
            publications.failed)
        describe("bonded_role_expires_seconds", "gauge", "Until the first metadata of a role expires.")
        for role in roles {
            add(
                "bonded_role_expires_seconds", [("role", role.name)],
                role.expires.secondsSinceEpoch - now.secondsSinceEpoch)
        }
        describe(
            "bonded_role_concerns", "gauge",
            "What an operator should look at; `bonded admin roles` says what.")
        for role in roles { add("bonded_role_concerns", [("role", role.name)], role.concerns.count) }
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: some CustomStringConvertible) {
        describe(name, "gauge", help)
        add(name, [], value)
    }

    private mutating func counter(_ name: String, _ help: String, _ value: Int) {
        describe(name, "counter", help)
        add(name, [], value)
    }

    private mutating func describe(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func add(
        _ name: String, _ labels: [(String, String)], _ value: some CustomStringConvertible
    ) {
        let list = labels.map { "\($0)=\"\($1)\"" }.joined(separator: ",")
        text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
    }
}

extension Site {
    /// - Returns: the traffic alone where the database cannot be asked; what watches then sees the rest missing.
    func metrics() async -> Response {
        var page = MetricsPage(traffic.now)
        do {
            let now = now()
            page.add(
                try await warehouse.gauges(),
                roles: try await warehouse.roles(now: now, notice: .seconds(45 * 86_400)), now: now)
        } catch {
            warehouse.logger.error("cannot measure", metadata: ["error": "\(error)"])
        }
        return Response(
            .ok,
            headers: [
                "Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store",
            ],
            body: .bytes(Array(page.text.utf8)))
    }
}

import Blobs
import CanonicalJSON
import Postgres
package import TUF
import TUFClient
import TUFRepository

/// Holds everything that the index keeps against the metadata that root vouches for, and against the log.
///
/// Goes role by role and hashes file by file, in bounded memory; what is published meanwhile is not looked at.
package struct Audit {
    private let warehouse: Warehouse
    private let report: (AuditFinding) -> Void
    private let progress: (_ bytes: Int, _ total: Int) -> Void
    private var summary = AuditSummary()
    private var total = 0

    /// - Parameters:
    ///   - report: takes what is wrong, as it is found.
    ///   - progress: takes the bytes hashed so far, and how many there are about.
    package init(
        of warehouse: Warehouse, report: @escaping (AuditFinding) -> Void,
        progress: @escaping (_ bytes: Int, _ total: Int) -> Void
    ) {
        self.warehouse = warehouse
        self.report = report
        self.progress = progress
    }

    /// - Parameters:
    ///   - root: bytes of a root that is trusted.
    ///   - now: metadata that has expired is a finding.
    /// - Throws: `MetadataError` where the index's roots, timestamp or snapshot do not verify from `root`;
    ///   `PostgresError`, `BlobError`.
    package mutating func run(trustedRoot root: [UInt8], now: MetadataTime) async throws -> AuditSummary {
        total = try await warehouse.database.read {
            try $0.single("SELECT coalesce(sum(size), 0)::bigint FROM file WHERE published_in IS NOT NULL")
        }
        var trusted = try await trustedSnapshot(root, now)
        summary.snapshotVersion = trusted.snapshot?.payload.version ?? 0
        var pending: [(role: RoleName, delegator: RoleName)] = [(.targets, .root)]
        while let (role, delegator) = pending.popLast() {
            guard let targets = try await verified(role, by: delegator, in: &trusted) else { continue }
            summary.roles += 1
            try await audit(targets)
            pending += (targets.delegations?.allRoles ?? []).reversed().map { ($0, role) }
        }
        let snapshot = summary.snapshotVersion
        let published: Int = try await warehouse.database.read {
            try $0.single("SELECT count(*) FROM file WHERE published_in <= \(snapshot)")
        }
        if published > summary.files {
            found(
                .untrusted, "file",
                "\(published - summary.files) of the files that the database calls published are in no role")
        }
        try await auditBlobs(now)
        try await auditLog()
        return summary
    }

    private func found(_ kind: AuditFinding.Kind, _ subject: String, _ detail: String) {
        report(AuditFinding(kind: kind, subject: subject, detail: detail))
    }
}

/// The metadata.
extension Audit {
    private func trustedSnapshot(_ root: [UInt8], _ now: MetadataTime) async throws -> TrustedMetadata {
        var trusted = try TrustedMetadata(trustedRoot: root, now: now)
        let roots: [[UInt8]] = try await warehouse.database.read { connection in
            try connection.query("SELECT bytes FROM metadata WHERE role = 'root' ORDER BY version")
                .map { try $0.get("bytes") }
        }
        for bytes in roots
        where try Envelope<Root>(parsing: bytes).payload.version > trusted.root.payload.version {
            try trusted.updateRoot(bytes)
        }
        guard let timestamp = try await warehouse.currentMetadata(role: "timestamp") else {
            throw WarehouseError.metadataMissing(role: "timestamp")
        }
        try trusted.updateTimestamp(timestamp.bytes)
        let version = try trusted.expectedSnapshot().version
        guard let snapshot = try await warehouse.metadata(role: "snapshot", version: version) else {
            throw WarehouseError.metadataMissing(role: "snapshot")
        }
        try trusted.updateSnapshot(snapshot.bytes)
        return trusted
    }

    /// - Returns: nil for what is reported. Only roles that delegate stay in `trusted`.
    private func verified(
        _ role: RoleName, by delegator: RoleName, in trusted: inout TrustedMetadata
    ) async throws -> Targets? {
        do {
            let version = try trusted.expectedFile(of: role, delegatedBy: delegator).version
            guard let stored = try await warehouse.metadata(role: role.text, version: version) else {
                found(.missing, role.text, "version \(version) of its metadata is not stored")
                return nil
            }
            var next = trusted
            try next.updateDelegatedTargets(stored.bytes, role: role, delegator: delegator)
            guard let targets = next.targets[role]?.payload else { return nil }
            if targets.delegations != nil { trusted = next }
            return targets
        } catch let error as MetadataError {
            found(.untrusted, role.text, "\(error)")
            return nil
        }
    }
}

/// Pages and files.
extension Audit {
    private struct Known {
        let blob: BlobName?
        let metadataSHA256: [UInt8]?
        let page: [UInt8]?
    }

    private mutating func audit(_ targets: Targets) async throws {
        let listed = targets.targets.sorted { $0.key < $1.key }
        for start in stride(from: 0, to: listed.count, by: 1_000) {
            let part = listed[start..<min(start + 1_000, listed.count)]
            let known = try await known(
                Dictionary(part.map { ($0.key.text, $0.value) }, uniquingKeysWith: { first, _ in first }))
            for (path, file) in part { try audit(path.text, file, known[path.text]) }
        }
    }

    /// What the database knows of these targets: of a page, the version that is listed.
    private func known(_ listed: [String: TargetFile]) async throws -> [String: Known] {
        let paths = Array(listed.keys)
        let digests = listed.values.compactMap { $0.hashes["sha256"].flatMap(Hex.decode) }
        return try await warehouse.database.read { connection in
            var known: [String: Known] = [:]
            for row in try connection.query(
                """
                SELECT normalized_name || '/' || filename AS path, filename, blake2b_256, metadata_sha256
                FROM file JOIN project ON project.id = file.project_id
                WHERE filename = ANY(\(paths.map { String($0.drop { $0 != "/" }.dropFirst()) }))
                """)
            {
                let blake2 = Hex.encode(try row.get("blake2b_256", as: [UInt8].self))
                known[try row.get("path")] = Known(
                    blob: try BlobName(blake2Hex: blake2, filename: row.get("filename")),
                    metadataSHA256: try row.get("metadata_sha256"), page: nil)
            }
            for format in PageFormat.allCases {
                let suffix = "/\(format.targetName)"
                let projects = paths.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
                for row in try connection.query(
                    """
                    SELECT normalized_name, sha256, bytes FROM page JOIN project ON project.id = page.project_id
                    WHERE normalized_name = ANY(\(projects)) AND format = \(format.rawValue)
                      AND sha256 = ANY(\(digests))
                    """)
                {
                    let path = try row.get("normalized_name", as: String.self) + suffix
                    let sha256 = Hex.encode(try row.get("sha256", as: [UInt8].self))
                    guard listed[path]?.hashes["sha256"] == sha256 else { continue }
                    known[path] = Known(blob: nil, metadataSHA256: nil, page: try row.get("bytes"))
                }
            }
            return known
        }
    }

    private mutating func audit(_ path: String, _ file: TargetFile, _ known: Known?) throws {
        if let page = known?.page {
            summary.pages += 1
            do { try file.verify(page) } catch { found(.changed, path, "\(error)") }
            return
        }
        if PageFormat.allCases.contains(where: { path.hasSuffix("/\($0.targetName)") }) {
            summary.pages += 1
            return found(.missing, path, "the page is gone")
        }
        summary.files += 1
        guard let known, let name = known.blob, let blob = try warehouse.blobs.open(name) else {
            return found(.missing, path, known == nil ? "the database does not know it" : "its blob is gone")
        }
        let hasher = ContentHasher()
        var position = 0
        while position < blob.size {
            let chunk = try blob.read(at: position, count: 1 << 20)
            if chunk.isEmpty { break }
            chunk.withUnsafeBytes { hasher.update($0) }
            position += chunk.count
            summary.bytes += chunk.count
            progress(summary.bytes, total)
        }
        let digests = hasher.digests()
        guard position == file.length, digests.sha256Hex == file.hashes["sha256"],
            digests.blake2Hex == name.blake2Hex
        else { return found(.changed, path, "\(position) bytes, sha256 \(digests.sha256Hex)") }
        guard let expected = known.metadataSHA256 else { return }
        let metadata = try warehouse.blobs.read(name.metadataSidecar(), limit: 64 << 20)
        guard let metadata else { return found(.missing, path + ".metadata", "its blob is gone") }
        if Digest.sha256(metadata) != expected {
            found(.changed, path + ".metadata", "sha256 \(Digest.sha256Hex(metadata))")
        }
    }
}

/// What the metadata does not speak of: blobs that nothing refers to, and the log.
extension Audit {
    private mutating func auditBlobs(_ now: MetadataTime) async throws {
        let yesterday = (now.secondsSinceEpoch - 86_400) * 1_000_000
        for part in UInt8.min...UInt8.max {
            let blobs = try warehouse.blobs.blobs(inPart: part)
            summary.blobs += blobs.count
            let digests = blobs.compactMap { Hex.decode($0.name.blake2Hex) }
            let referred: Set<[UInt8]> = try await warehouse.database.read { connection in
                Set(
                    try connection.query(
                        """
                        SELECT blake2b_256 FROM file WHERE blake2b_256 = ANY(\(digests))
                        UNION SELECT blake2b_256 FROM retired_blob WHERE blake2b_256 = ANY(\(digests))
                        """
                    ).map { try $0.get("blake2b_256", as: [UInt8].self) })
            }
            for blob in blobs where blob.storedAt < yesterday {
                guard let digest = Hex.decode(blob.name.blake2Hex), !referred.contains(digest) else {
                    continue
                }
                found(.unreferenced, blob.name.path, "\(blob.size) bytes")
            }
        }
    }

    private mutating func auditLog() async throws {
        let verdict = try await warehouse.verifyLog()
        summary.logEntries = verdict.verified
        if let broken = verdict.brokenAt {
            found(.log, "entry \(broken)", "the chain is broken: it, or the one before it, was changed")
        }
        let findings = try await warehouse.database.read { connection in
            var findings: [AuditFinding] = []
            var last = 0
            while true {
                let rows = try connection.query(
                    """
                    SELECT id, body FROM log_entry WHERE id > \(last) AND kind = \(LogKind.transaction.rawValue)
                    ORDER BY id LIMIT 1000
                    """)
                guard let end = rows.last else { return findings }
                last = try end.get("id")
                for row in rows {
                    let body = try JSONValue(parsing: row.get("body", as: [UInt8].self)).object
                    for file in body?["files"]?.array ?? [] {
                        guard let filename = file.object?["filename"]?.string,
                            let logged = file.object?["sha256"]?.string
                        else { continue }
                        let stored = try connection.one(
                            "SELECT sha256 FROM file WHERE filename = \(filename)")
                        guard let sha256 = try stored?.get("sha256", as: [UInt8].self),
                            Hex.encode(sha256) != logged
                        else { continue }
                        findings.append(
                            AuditFinding(
                                kind: .log, subject: filename, detail: "it came with sha256 \(logged)"))
                    }
                }
            }
        }
        findings.forEach(report)
    }
}

extension Delegations {
    fileprivate var allRoles: [RoleName] { succinct.map { Array($0.roleNames) } ?? roles.map(\.name) }
}

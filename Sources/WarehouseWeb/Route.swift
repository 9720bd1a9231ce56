import HTTPMessage
import Packaging

/// What a request asks for, by its path alone.
enum Route: Hashable {
    case redirect(to: String, Status)
    case upload
    case welcome
    case rootPage
    case projectPage(String)
    /// `aa/bb/<60 hex>/<filename>`, the filename perhaps with `.metadata`.
    case file([String])
    case timestamp
    case metadata(role: String, version: Int)
    case target(project: String, sha256: String, filename: String)
    case bulletins
    case bulletin(Int)
    case bulletinFeed
    case health
    case readiness
    case metrics
    case maintainer(MaintainerRoute)

    /// - Returns: nil for a path that this site does not have.
    init?(_ head: RequestHead) {
        guard let segments = head.pathSegments() else { return nil }
        let count = segments.count
        switch segments.first {
        case "" where count == 1: self = .welcome
        case "simple" where count == 1: self = .redirect(to: "/simple/", .movedPermanently)
        case "simple" where count == 2 && segments[1].isEmpty: self = .rootPage
        case "simple" where count == 2 || (count == 3 && segments[2].isEmpty):
            guard let name = try? ProjectName(segments[1]) else { return nil }
            guard count == 3, name.normalized == segments[1] else {
                self = .redirect(to: "/simple/\(name.normalized)/", .movedPermanently)
                return
            }
            self = .projectPage(name.normalized)
        case "packages" where count == 5: self = .file(Array(segments.dropFirst()))
        case "legacy" where count == 1: self = .redirect(to: "/legacy/", .permanentRedirect)
        case "legacy" where count == 2 && segments[1].isEmpty: self = .upload
        case "legacy" where count >= 3 && segments[1] == "+simple":
            // hatch takes every index for a devpi and reads the names of a project's files here.
            guard let name = try? ProjectName(segments[2]) else { return nil }
            self = .projectPage(name.normalized)
        case "tuf" where count == 3 && segments[1] == "metadata":
            guard let metadata = Self.metadata(segments[2]) else { return nil }
            self = metadata
        case "tuf" where count == 4 && segments[1] == "targets":
            let (sha256, filename) = segments[3].splitAtFirst(".")
            guard let filename, sha256.count == 64 else { return nil }
            self = .target(project: segments[2], sha256: sha256, filename: filename)
        case "api" where count >= 3 && segments[1] == "v1":
            guard let route = MaintainerRoute(Array(segments.dropFirst(2))) else { return nil }
            self = .maintainer(route)
        case "security" where count <= 3:
            guard let route = Self.security(Array(segments.dropFirst())) else { return nil }
            self = route
        case "healthz" where count == 1: self = .health
        case "readyz" where count == 1: self = .readiness
        case "metrics" where count == 1: self = .metrics
        default: return nil
        }
    }

    /// `timestamp.json` or `<version>.<role>.json`.
    private static func metadata(_ name: String) -> Route? {
        guard name.hasSuffix(".json") else { return nil }
        let stem = String(name.dropLast(".json".count))
        if stem == "timestamp" { return .timestamp }
        let (digits, role) = stem.splitAtFirst(".")
        guard let role, let version = Int(digits), version > 0, String(version) == digits else { return nil }
        return .metadata(role: role, version: version)
    }

    /// - Parameter segments: of the path, after `/security`.
    private static func security(_ segments: [String]) -> Route? {
        switch segments.first {
        case nil: return .redirect(to: "/security/", .movedPermanently)
        case "" where segments.count == 1: return .bulletins
        case "atom.xml" where segments.count == 1: return .bulletinFeed
        case let number?:
            guard let id = Int(number), id > 0, String(id) == number else { return nil }
            guard segments.count == 2 else {
                return .redirect(to: "/security/\(id)/", .movedPermanently)
            }
            return segments[1].isEmpty ? .bulletin(id) : nil
        }
    }

    var allowedMethods: [Method] {
        switch self {
        case .upload: [.post]
        case .redirect: [.get, .head, .post]
        case .maintainer(let route): route.allowedMethods
        default: [.get, .head]
        }
    }

    /// Whether it is answered while the index recovers from a compromise: nothing that could be forged.
    var isServedAlways: Bool {
        switch self {
        case .health, .readiness, .metrics, .welcome, .redirect, .bulletins, .bulletin, .bulletinFeed: true
        case .metadata(let role, _): role == "root"
        default: false
        }
    }

    func allows(_ method: Method) -> Bool { allowedMethods.contains(method) }
}

extension String {
    fileprivate func splitAtFirst(_ separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}

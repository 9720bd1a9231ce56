import CanonicalJSON
package import Foundation
package import Packaging
import TUF

/// An index that this user has said to install from.
package struct PinnedIndex: Hashable, Sendable {
    /// Of the simple API, `https://…/simple/`, without user information.
    package let address: URL
    /// `user:password`, sent to the index's own origin only.
    package let credentials: String?
    /// The names that are this index's and no other's; empty where it may have any name.
    package let projects: [NamePattern]
    /// Whether the index has TUF metadata. One that has none must have been named as such.
    package let isVerified: Bool

    /// - Parameter address: may have user information and lack its last slash.
    /// - Throws: ``InstallError`` `.unusableAddress`.
    package init(
        address text: String, projects: [NamePattern] = [], isVerified: Bool = true
    ) throws(InstallError) {
        guard var parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty, parts.query == nil,
            parts.fragment == nil
        else { throw .unusableAddress(text) }
        credentials = parts.user.map { user in parts.password.map { "\(user):\($0)" } ?? "\(user):" }
        (parts.user, parts.password, parts.scheme) = (nil, nil, scheme)
        if !parts.path.hasSuffix("/") { parts.path += "/" }
        guard let address = parts.url else { throw .unusableAddress(text) }
        self.address = address
        self.projects = projects
        self.isVerified = isVerified
    }

    /// Names the folder of what is trusted of it.
    package var id: String { String(Digest.sha256Hex(Array(address.absoluteString.utf8)).prefix(16)) }

    /// Where a Bonded index has its TUF metadata and targets: beside `/simple/`.
    package var metadata: URL { beside("tuf/metadata/") }
    package var targets: URL { beside("tuf/targets/") }

    /// As a client takes it that is to ask the index itself.
    package var addressWithCredentials: String {
        guard let credentials, var parts = URLComponents(url: address, resolvingAgainstBaseURL: true) else {
            return address.absoluteString
        }
        let pair = credentials.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        (parts.user, parts.password) = (String(pair[0]), pair.count > 1 ? String(pair[1]) : nil)
        return parts.string ?? address.absoluteString
    }

    private func beside(_ path: String) -> URL {
        URL(string: "../\(path)", relativeTo: address)?.absoluteURL ?? address
    }

    /// The page of a project.
    package func page(of project: ProjectName) -> URL {
        address.appendingPathComponent(project.normalized, isDirectory: true)
    }
}

/// As it is kept: `{"address": text, "credentials"?: text, "projects": [pattern], "verified": bool}`.
extension PinnedIndex {
    init?(json: JSONValue) {
        guard let object = json.object, let text = object["address"]?.string,
            let patterns = object["projects"]?.array?.map({ $0.string.flatMap(NamePattern.init) }),
            !patterns.contains(nil), let isVerified = object["verified"]?.bool,
            let plain = try? PinnedIndex(
                address: text, projects: patterns.compactMap { $0 }, isVerified: isVerified),
            plain.credentials == nil
        else { return nil }
        let credentials = object["credentials"]
        guard credentials == nil || credentials?.string != nil else { return nil }
        self.init(plain, credentials: credentials?.string)
    }

    private init(_ plain: PinnedIndex, credentials: String?) {
        (address, projects, isVerified) = (plain.address, plain.projects, plain.isVerified)
        self.credentials = credentials
    }

    var json: JSONValue {
        var members: [(String, JSONValue)] = [
            ("address", .string(address.absoluteString)),
            ("projects", .array(projects.map { .string($0.text) })), ("verified", .bool(isVerified)),
        ]
        if let credentials { members.append(("credentials", .string(credentials))) }
        return .object(JSONObject(members))
    }
}

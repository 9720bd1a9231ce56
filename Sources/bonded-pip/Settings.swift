import Foundation
import HTTPClient
import Installing
import Packaging
import StrictYAML
import TUF

/// What a user can set, in `~/.config/bonded/pip.yaml` and by `BONDED_PIP_…` variables; config/pip.yaml explains it.
struct Settings {
    var policy: InstallPolicy
    var cacheBytes: Int
    var patience: HTTPClient.Patience
    /// Where trust is kept, and where verified files are.
    var stateFolder: String
    var cacheFolder: String

    /// - Throws: ``YAMLError``.
    init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let file =
            try environment["BONDED_PIP_CONFIG"] ?? Self.folder("XDG_CONFIG_HOME", ".config", environment)
            + ".yaml"
        stateFolder = try Self.folder("XDG_DATA_HOME", ".local/share", environment)
        cacheFolder = try Self.folder("XDG_CACHE_HOME", ".cache", environment)
        let isThere = FileManager.default.fileExists(atPath: file)
        guard isThere || environment["BONDED_PIP_CONFIG"] == nil else {
            throw YAMLError(place: file, key: nil, reason: "is not there, though BONDED_PIP_CONFIG names it")
        }
        var text = ""
        if isThere {
            guard let read = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw YAMLError(place: file, key: nil, reason: "cannot be read")
            }
            text = read
        }
        let top = try YAMLMapping(
            text: text, file: file, environment: environment, variablePrefix: "BONDED_PIP_")
        policy = InstallPolicy(requirement: try top.choice("require", of: RequiredVouching.self) ?? .index)
        let projects = try top.mapping("projects")
        for (pattern, level) in try projects.texts() {
            guard let pattern = NamePattern(pattern) else {
                throw projects.refusal(of: pattern, because: "is no pattern of project names, such as acme-*")
            }
            guard let requirement = RequiredVouching(rawValue: level) else {
                let words = RequiredVouching.allCases.map(\.rawValue).joined(separator: ", ")
                throw projects.refusal(of: pattern.text, because: "'\(level)' must be one of: \(words)")
            }
            policy.projects[pattern] = requirement
        }
        let cache = try top.mapping("cache")
        cacheBytes = try cache.byteCount("max_size", in: 1 << 20...1 << 50) ?? 2 << 30
        let network = try top.mapping("network")
        patience = HTTPClient.Patience(
            connecting: try network.duration("connect_timeout", in: .seconds(1)...(.seconds(600)))
                ?? .seconds(10),
            minimumRate: try network.byteCount("minimum_rate", in: 1...1 << 30) ?? 1024,
            stalled: try network.duration("patience", in: .seconds(1)...(.seconds(3600))) ?? .seconds(20))
        try cache.finish()
        try network.finish()
        try top.finish()
    }

    private static func folder(
        _ variable: String, _ below: String, _ environment: [String: String]
    ) throws(YAMLError) -> String {
        if let folder = environment[variable], folder.hasPrefix("/") { return folder + "/bonded/pip" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw YAMLError(
                place: "environment", key: "HOME", reason: "is not set: there is no place for what is trusted"
            )
        }
        return "\(home)/\(below)/bonded/pip"
    }

    func state() throws -> InstallerState { try InstallerState(stateFolder) }

    /// Everything that is trusted, ready to be asked.
    ///
    /// - Parameter freshness: how old what is known of an index may be before it is asked again.
    /// - Throws: ``InstallError`` `.noIndexes` and others.
    func catalog(_ state: InstallerState, policy: InstallPolicy, freshness: Duration) throws -> Catalog {
        let pinned = try state.indexes()
        guard !pinned.isEmpty else { throw InstallError.noIndexes }
        let cache = try FileCache(cacheFolder, maxBytes: cacheBytes)
        let client = client(for: pinned)
        let now: @Sendable () -> MetadataTime = { MetadataTime(secondsSinceEpoch: time(nil)) }
        return Catalog(
            try pinned.map { pinned in
                guard pinned.isVerified else {
                    return PlainIndex(pinned, cache: cache, client: client, now: now)
                }
                return try VerifiedIndex(
                    pinned, state: state, cache: cache, client: client, freshness: freshness, now: now)
            }, state: state, policy: policy)
    }

    func client(for indexes: [PinnedIndex]) -> HTTPClient {
        let credentials = indexes.compactMap { index in index.credentials.map { (index.address, $0) } }
        return HTTPClient(
            patience: patience, credentials: Dictionary(credentials, uniquingKeysWith: { first, _ in first }))
    }
}

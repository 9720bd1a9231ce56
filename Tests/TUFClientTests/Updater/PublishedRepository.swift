import ClientTestSupport
import Foundation
import HTTPClient
import TUF
import TUFClient

/// A repository on a real server, and the folder in which its clients keep what they trust.
struct PublishedRepository {
    let server: FileServer
    let folder: TemporaryFolder
    private(set) var repository = TestRepository()
    /// What clients begin with.
    let pinnedRoot: [UInt8]

    static let now = TestRepository.now

    init(_ change: (inout TestRepository) throws -> Void = { _ in }) throws {
        server = try FileServer()
        folder = try TemporaryFolder()
        try change(&repository)
        pinnedRoot = try repository.root()
        server.publish(try repository.files())
    }

    /// Publishes the repository as it is after a change.
    mutating func publish(_ change: (inout TestRepository) throws -> Void) throws {
        try change(&repository)
        server.publish(try repository.files())
    }

    /// Publishes a further snapshot and timestamp.
    mutating func publishNext(_ change: (inout TestRepository) throws -> Void = { _ in }) throws {
        try publish { repository in
            try change(&repository)
            repository.advance()
        }
    }

    /// A client of the one folder; each stands for a process of its own.
    func updater(port: Int? = nil) throws -> Updater {
        let base = URL.local(port: port ?? server.port)
        return try Updater(
            trustedRoot: pinnedRoot,
            repository: .init(
                metadata: base.appendingPathComponent("tuf/metadata"),
                targets: base.appendingPathComponent("tuf/targets")),
            store: TrustStore(directory: folder.path + "/store"), client: HTTPClient())
    }

    /// Such a client, up to date.
    func refreshedUpdater() throws -> Updater {
        let updater = try updater()
        try updater.refresh(now: Self.now)
        return updater
    }

    /// Names of the metadata files, and paths of the targets, that were asked for since this was last called.
    func takeRequests() -> [String] {
        server.takeRequests().map { path in
            let prefix = ["tuf/metadata/", "tuf/targets/"].first { path.hasPrefix($0) } ?? ""
            return String(path.dropFirst(prefix.count))
        }
    }

    func address(_ name: String) -> String { server.address.absoluteString + "tuf/metadata/\(name)" }
}

extension TestRepository {
    /// `a` is trusted with `a/*` and lists `a/x`; below it, `b` lists `a/b/x`… and `c` lists `a/c/x`.
    mutating func delegateThree() throws {
        try delegate("a", seed: 20, paths: ["a/*", "a/*/*"], files: ["a/x"])
        try delegate("b", from: "a", seed: 21, paths: ["a/b/*"], files: ["a/b/x"])
        try delegate("c", from: "a", seed: 22, paths: ["a/c/*"], files: ["a/c/x"])
    }
}

import CanonicalJSON
import ClientTestSupport
import Foundation
import Packaging
import TUF
import TUFRepository

/// An index as Bonded serves it: TUF metadata, pages, files, from memory behind a real server.
struct BondedSite {
    struct File {
        let name: String
        let bytes: [UInt8]
        /// Served beside it.
        var metadata: [UInt8]?

        init(_ name: String, _ text: String = "content", metadata: String? = nil) {
            self.name = name
            bytes = Array(text.utf8)
            self.metadata = metadata.map { Array($0.utf8) }
        }
    }

    /// Who lists a project.
    enum Owner: CaseIterable {
        case maintainers, claim, index

        var delegator: RoleName? {
            switch self {
            case .maintainers: "claimed"
            case .claim: "recently-claimed"
            case .index: nil
            }
        }
    }

    let server: FileServer
    private(set) var repository = TestRepository()
    private var sidecars: [String: [UInt8]] = [:]
    private var seeds: UInt8 = 30

    /// An index with these files of `demo`, or with none.
    init(_ files: [File] = [], of project: String = "demo", by owner: Owner = .index) throws {
        server = try FileServer()
        for (name, seed) in [("claimed", 20), ("recently-claimed", 21), ("unclaimed", 22)]
            as [(RoleName, UInt8)]
        {
            try repository.delegate(name, seed: seed, paths: ["*/*"])
        }
        if !files.isEmpty { try add(files, of: project, by: owner) }
        try publish()
    }

    var simple: String { server.address.absoluteString + "simple/" }
    var metadata: String { server.address.absoluteString + "tuf/metadata/" }

    /// Adds a project, to be published.
    ///
    /// - Parameter page: bytes of its page, where other than what the files give.
    mutating func add(
        _ files: [File], of project: String, by owner: Owner = .index, page: [UInt8]? = nil
    ) throws {
        let name = try ProjectName(project).normalized
        let paths = ["\(name)/index.json"] + files.map { "\(name)/\($0.name)" }
        repository.contents[paths[0]] = try page ?? Self.page(of: project, files)
        for file in files {
            repository.contents["\(name)/\(file.name)"] = file.bytes
            sidecars["packages/aa/bb/cc/\(file.name).metadata"] = file.metadata
        }
        guard let delegator = owner.delegator else {
            repository.roles["unclaimed"]?.files += paths
            return
        }
        seeds += 1
        let role = try ProjectRole.role(of: name)
        try repository.delegate(
            role, from: delegator, seed: seeds, paths: ["\(name)/*"], terminating: true, files: paths)
        let key = Maintainers.Key(publicKey: try TestKey(seeds).publicKey, account: "alice")
        let maintainers = try Maintainers(keys: [key], threshold: 1)
        repository.members[role] = [Maintainers.field: .object(maintainers.json)]
    }

    /// Changes what is there, to be published.
    mutating func change(_ change: (inout TestRepository) throws -> Void) rethrows { try change(&repository) }

    /// Makes everything public.
    func publish() throws {
        server.publish(try repository.files())
        server.publish(sidecars)
    }

    /// Publishes the next snapshot, in which these roles have changed.
    mutating func publishNext(_ roles: RoleName..., change: (inout TestRepository) throws -> Void = { _ in })
        throws
    {
        for role in roles { repository.roles[role]?.version += 1 }
        try change(&repository)
        repository.advance()
        try publish()
    }

    static func page(of project: String, _ files: [File]) throws -> [UInt8] {
        ProjectPage(
            name: try ProjectName(project), serial: nil, status: .active,
            files: try files.map { file in
                ProjectPage.File(
                    filename: file.name, version: try Version("1.0"), path: "aa/bb/cc/\(file.name)",
                    sha256Hex: Digest.sha256Hex(file.bytes), requiresPython: ">=3.8", size: file.bytes.count,
                    uploadTime: 0, coreMetadataSha256Hex: file.metadata.map(Digest.sha256Hex))
            }
        ).json()
    }
}

/// The usual file.
let wheel = BondedSite.File("demo-1.0-py3-none-any.whl", "a wheel", metadata: "Name: demo\n")

import CanonicalJSON
package import Foundation
package import Packaging
import TUF
package import TUFClient

/// What one user trusts, on disk: which indexes, their roots and metadata, and which name is which index's.
///
/// Several threads and processes may use it at once: each question is answered from the disk.
///
/// ```
/// indexes.json          the indexes, in the order in which they are asked
/// names.json            {"names": {project: address}}
/// secret                the part of the proxy's addresses that other users of the machine cannot know
/// <id>/root.json        the root that an index was pinned with
/// <id>/metadata/        what has been verified of it
/// ```
package final class InstallerState: Sendable {
    private let folder: PrivateFolder

    private static let indexesFile = "indexes.json"
    private static let namesFile = "names.json"
    private static let secretFile = "secret"
    private static let secretBytes = 16
    private static let rootFile = "root.json"
    private static let metadataFolder = "metadata"

    /// - Parameter path: made where it is missing.
    /// - Throws: `FolderError`; ``InstallError`` `.unreadableState`.
    package init(_ path: String) throws {
        folder = try PrivateFolder(path)
        _ = try readNames()
    }

    package func indexes() throws -> [PinnedIndex] {
        guard let json = try json(Self.indexesFile) else { return [] }
        guard let elements = json.object?["indexes"]?.array else { throw unreadable(Self.indexesFile) }
        return try elements.map { element in
            guard let index = PinnedIndex(json: element) else { throw unreadable(Self.indexesFile) }
            return index
        }
    }

    /// Pins an index.
    ///
    /// - Parameters:
    ///   - root: bytes of its root, where it is verified.
    ///   - isFirst: whether it is asked before the others.
    /// - Throws: ``InstallError`` `.alreadyPinned`.
    package func add(_ index: PinnedIndex, root: [UInt8]?, isFirst: Bool) throws {
        try folder.alone {
            var indexes = try indexes()
            guard !indexes.contains(where: { $0.address == index.address }) else {
                throw InstallError.alreadyPinned(index.address)
            }
            if let root {
                try PrivateFolder("\(folder.path)/\(index.id)").store(root, as: Self.rootFile)
            }
            indexes.insert(index, at: isFirst ? 0 : indexes.endIndex)
            try store(["indexes": .array(indexes.map(\.json))], as: Self.indexesFile)
        }
    }

    /// Forgets an index: its root, what was verified of it, and the names that are its own.
    ///
    /// - Throws: ``InstallError`` `.notPinned`.
    package func remove(_ index: PinnedIndex) throws {
        try folder.alone {
            let left = try indexes().filter { $0.address != index.address }
            guard try left.count < indexes().count else { throw InstallError.notPinned(index.address) }
            try store(["indexes": .array(left.map(\.json))], as: Self.indexesFile)
            try storeNames(readNames().filter { $0.value != index.address.absoluteString })
            if index.isVerified {
                try trustStore(of: index).destroy()
                try PrivateFolder("\(folder.path)/\(index.id)").destroy()
            }
        }
    }

    /// The root that an index was pinned with.
    package func root(of index: PinnedIndex) throws -> [UInt8] {
        guard let root = try PrivateFolder("\(folder.path)/\(index.id)").bytes(of: Self.rootFile) else {
            throw unreadable("\(index.id)/\(Self.rootFile)")
        }
        return root
    }

    package func trustStore(of index: PinnedIndex) throws -> TrustStore {
        try TrustStore(directory: "\(folder.path)/\(index.id)/\(Self.metadataFolder)")
    }

    /// - Parameter isStored: whether the root is the one that was verified last, or the one that was pinned.
    func unreadableRoot(of index: PinnedIndex, isStored: Bool) -> InstallError {
        unreadable("\(index.id)/\(isStored ? "\(Self.metadataFolder)/" : "")\(Self.rootFile)")
    }

    /// The index that a name is bound to; nil for a name that was never installed from any.
    package func binding(of project: ProjectName) throws(InstallError) -> URL? {
        try readNames()[project.normalized].flatMap { URL(string: $0) }
    }

    /// Binds a name to an index, unless it is bound.
    ///
    /// - Returns: the index that the name is bound to now.
    package func bind(_ project: ProjectName, to index: PinnedIndex) throws(InstallError) -> URL? {
        do {
            return try folder.alone {
                var kept = try readNames()
                if let bound = kept[project.normalized] { return URL(string: bound) }
                kept[project.normalized] = index.address.absoluteString
                try storeNames(kept)
                return index.address
            }
        } catch {
            throw InstallError(error, at: index.address, now: .earliest, clock: nil)
        }
    }

    /// - Returns: whether the name was bound.
    package func unbind(_ project: ProjectName) throws -> Bool {
        try folder.alone {
            var kept = try readNames()
            let wasBound = kept.removeValue(forKey: project.normalized) != nil
            try storeNames(kept)
            return wasBound
        }
    }

    /// 32 hexadecimal digits, the same each time, so that clients' own caches find what they know again.
    package func secret() throws -> String {
        try folder.alone {
            if let bytes = try folder.bytes(of: Self.secretFile) {
                let kept = String(decoding: bytes, as: UTF8.self)
                guard bytes.count == 2 * Self.secretBytes, Hex.isLowercase(kept) else {
                    throw unreadable(Self.secretFile)
                }
                return kept
            }
            var random = SystemRandomNumberGenerator()
            let secret = Hex.encode(
                (0..<Self.secretBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) })
            try folder.store(Array(secret.utf8), as: Self.secretFile)
            return secret
        }
    }

    private func readNames() throws(InstallError) -> [String: String] {
        guard let json = try json(Self.namesFile) else { return [:] }
        guard let members = json.object?["names"]?.object else { throw unreadable(Self.namesFile) }
        var names: [String: String] = [:]
        for (name, value) in members {
            guard let address = value.string else { throw unreadable(Self.namesFile) }
            names[name] = address
        }
        return names
    }

    private func storeNames(_ kept: [String: String]) throws {
        let json: JSONValue = ["names": .object(JSONObject(kept.mapValues { .string($0) }))]
        // A binding that a power loss takes away is made again by the next install.
        try folder.store(json.jsonBytes(), as: Self.namesFile, isDurable: false)
    }

    private func json(_ name: String) throws(InstallError) -> JSONValue? {
        let bytes: [UInt8]?
        do { bytes = try folder.bytes(of: name) } catch { throw .folder(error) }
        guard let bytes else { return nil }
        guard let value = try? JSONValue(parsing: bytes) else { throw unreadable(name) }
        return value
    }

    private func store(_ json: JSONValue, as name: String) throws {
        try folder.store(json.jsonBytes(), as: name)
    }

    private func unreadable(_ name: String) -> InstallError {
        .unreadableState(path: "\(folder.path)/\(name)")
    }
}

import CanonicalJSON
import TUF
import TUFClient

/// A whole snapshot in one file, for a device that is kept away from the index (PEP 480, "Auditing Snapshots").
///
/// Gzip of lines of JSON: `{"_type": "bonded-snapshot-archive", "_version": 1}`; `{"metadata": role,
/// "version": n, "content": text}` for every root, oldest first, timestamp, snapshot, and every targets role in the
/// order in which clients look; after each role `{"page": path, "content": text}` for the JSON pages it lists; `{"end":
/// true}`. All of it is signed or listed with its hash by what is, so that it is verified from a root without the index.
package enum SnapshotArchive {
    static let header: JSONObject = ["_type": "bonded-snapshot-archive", "_version": 1]
    static let end: JSONObject = ["end": true]
    static let pageSuffix = "/index.json"

    /// A role that was verified, with the pages it lists.
    struct Role {
        let name: RoleName
        let delegator: RoleName
        let bytes: [UInt8]
        let targets: Targets
        /// By path: the bytes of JSON pages.
        let pages: [String: [UInt8]]
    }

    /// What an archive begins with.
    struct Heading {
        let snapshotVersion: Int
        let timestampBytes: [UInt8]
        let snapshotBytes: [UInt8]
    }

    /// Reads an archive, verifying all of it.
    ///
    /// - Parameters:
    ///   - root: bytes of a root that is trusted.
    ///   - body: takes each role; what it did must be undone where this throws.
    /// - Throws: ``ArchiveFault``, `MetadataError`; what `body` throws.
    @discardableResult
    static func read(
        _ path: String, trustedRoot root: [UInt8], _ body: (Role) throws -> Void
    ) throws -> Heading {
        var lines = ArchiveLines(try GzipLineReader(opening: path), path)
        guard try lines.next() == header else { throw ArchiveFault.damaged(path: path) }
        var roots: [[UInt8]] = []
        while let bytes = try lines.metadata(of: .root, optional: true) { roots.append(bytes) }
        guard let timestamp = try lines.metadata(of: .timestamp),
            let snapshot = try lines.metadata(of: .snapshot)
        else { throw ArchiveFault.damaged(path: path) }
        var walk = try SnapshotWalk(
            trustedRoot: root, roots: roots, timestamp: timestamp, snapshot: snapshot)
        while let (name, delegator, _) = try walk.next {
            guard let bytes = try lines.metadata(of: name) else { throw ArchiveFault.damaged(path: path) }
            let targets = try walk.take(bytes)
            let pages = try lines.pages(listedBy: targets)
            try body(Role(name: name, delegator: delegator, bytes: bytes, targets: targets, pages: pages))
        }
        guard try lines.next() == end, try lines.next() == nil else { throw ArchiveFault.damaged(path: path) }
        return Heading(
            snapshotVersion: walk.snapshotVersion, timestampBytes: timestamp, snapshotBytes: snapshot)
    }
}

/// An archive's lines, with one of them put back.
private struct ArchiveLines {
    private let reader: GzipLineReader
    private let path: String
    private var ahead: JSONObject??

    init(_ reader: GzipLineReader, _ path: String) {
        self.reader = reader
        self.path = path
    }

    mutating func next() throws -> JSONObject? {
        if let line = ahead {
            ahead = nil
            return line
        }
        guard let line = try reader.next() else { return nil }
        guard let object = (try? JSONValue(parsing: line))?.object else {
            throw ArchiveFault.damaged(path: path)
        }
        return object
    }

    private mutating func peek() throws -> JSONObject? {
        let line = try next()
        ahead = .some(line)
        return line
    }

    /// - Returns: nil where it is optional and something else comes.
    mutating func metadata(of role: RoleName, optional: Bool = false) throws -> [UInt8]? {
        guard let line = try peek(), line["metadata"]?.string == role.text,
            let content = line["content"]?.string
        else {
            if optional { return nil }
            throw ArchiveFault.unexpected(path: path, needed: "the metadata of '\(role)'")
        }
        ahead = nil
        return Array(content.utf8)
    }

    mutating func pages(listedBy targets: Targets) throws -> [String: [UInt8]] {
        var pages: [String: [UInt8]] = [:]
        while let line = try peek(), let name = line["page"]?.string, let content = line["content"]?.string {
            ahead = nil
            let bytes = Array(content.utf8)
            guard let file = targets.targets[try TargetPath(name)], (try? file.verify(bytes)) != nil else {
                throw ArchiveFault.wrongPage(path: path, page: name)
            }
            pages[name] = bytes
        }
        for listed in targets.targets.keys
        where listed.text.hasSuffix(SnapshotArchive.pageSuffix) && pages[listed.text] == nil {
            throw ArchiveFault.unexpected(path: path, needed: "the page '\(listed)'")
        }
        return pages
    }
}

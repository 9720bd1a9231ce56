import CanonicalJSON
package import Packaging
import TUF

extension ProjectPage {
    /// Reads an index page that this software rendered. Anything else is refused: the page that is read renders to
    /// exactly the bytes it was read from.
    ///
    /// - Throws: `.page`.
    package init(parsing bytes: [UInt8]) throws(TransactionRefusal) {
        do {
            self = try Self.read(JSONValue(parsing: bytes))
        } catch {
            throw TransactionRefusal(.page, value: "index.json", "The page is not one of this index.")
        }
        guard json() == bytes else {
            throw TransactionRefusal(.page, value: "index.json", "The page is not as this index renders it.")
        }
    }

    private struct Unreadable: Error {}

    private static func read(_ value: JSONValue) throws -> ProjectPage {
        guard let object = value.object, let name = object["name"]?.string,
            let status = object["project-status"]?.object,
            let marker = status["status"]?.string.flatMap(Status.Marker.init(rawValue:)),
            let files = object["files"]?.array, let versions = object["versions"]?.array
        else { throw Unreadable() }
        let releases = try versions.map { version in
            guard let text = version.string else { throw Unreadable() }
            return try Version(text)
        }
        return ProjectPage(
            name: try ProjectName(name), serial: object["meta"]?.object?["_last-serial"]?.integer,
            status: Status(marker, reason: status["reason"]?.string),
            files: try files.map { try readFile($0, releases) }, versions: releases)
    }

    private static func readFile(_ value: JSONValue, _ releases: [Version]) throws -> File {
        guard let object = value.object, let filename = object["filename"]?.string,
            let url = object["url"]?.string, url.hasPrefix(linkPrefix),
            let sha256 = object["hashes"]?.object?["sha256"]?.string, let size = object["size"]?.integer,
            let time = object["upload-time"]?.string, let yanked = object["yanked"],
            let path = percentDecoded(url.dropFirst(linkPrefix.count))
        else { throw Unreadable() }
        let reason: Yanked =
            switch yanked {
            case .bool(true): .yes(reason: nil)
            case .string(let reason): .yes(reason: reason)
            default: .no
            }
        // A release is spelled as it was first uploaded; a file of it may spell the same version differently.
        let version = try DistributionFilename(filename).version
        return File(
            filename: filename, version: releases.first { $0 == version } ?? version, path: path,
            sha256Hex: sha256,
            requiresPython: object["requires-python"]?.string, size: size, uploadTime: try microseconds(time),
            yanked: reason, coreMetadataSha256Hex: object["core-metadata"]?.object?["sha256"]?.string,
            provenance: object["provenance"]?.string)
    }

    private static let linkPrefix = "../../packages/"

    /// `2026-01-02T03:04:05.000006Z`
    private static func microseconds(_ text: String) throws -> Int {
        let parts = text.split(separator: ".")
        guard parts.count == 2, parts[1].count == 7, parts[1].hasSuffix("Z"),
            let micro = Int(parts[1].dropLast())
        else { throw Unreadable() }
        return try MetadataTime(parsing: parts[0] + "Z").secondsSinceEpoch * 1_000_000 + micro
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let decoded = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(decoded)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

import Crypto

/// The RECORD of a wheel: its files with their hashes and sizes.
///
/// - Shape: CSV lines `path,algorithm=base64url,size`; hash and size may be empty.
/// - Source: binary distribution format, "The .dist-info directory"; recording installed projects.
struct WheelRecord {
    struct Line: Hashable {
        /// Empty where RECORD gives none.
        let hash: String
        let size: String
    }

    /// How a wheel and its RECORD differ.
    enum Mismatch: Hashable, Sendable {
        /// Files that RECORD does not list.
        case unlisted([String])
        /// Files that RECORD lists and the wheel lacks.
        case absent([String])
        case contradictory(String)
        case unusableHash(String)
        case wrongSize(String)
        case wrongHash(String)
    }

    private(set) var lines: [ArchivePath: Line] = [:]
    private(set) var contradictory: String?

    /// - Returns: nil when the bytes are not UTF-8.
    init?(parsing bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        for row in text.utf8.split(whereSeparator: { $0 == "\n" || $0 == "\r" }) {
            let fields = Self.fields(of: row)
            // Written on Windows, once.
            let path = ArchivePath(String(decoding: fields[0].map { $0 == "\\" ? 0x2F : $0 }, as: UTF8.self))
            if path.text.utf8.last == "/" { continue }
            let line = Line(
                hash: fields.count > 1 ? String(decoding: fields[1], as: UTF8.self) : "",
                size: fields.count > 2 ? String(decoding: fields[2], as: UTF8.self) : "")
            if let earlier = lines.updateValue(line, forKey: path), earlier != line {
                contradictory = contradictory ?? path.text
            }
        }
    }

    /// Compares names.
    ///
    /// - Parameters:
    ///   - files: the wheel's files, without directories.
    ///   - exempt: signatures of RECORD, which cannot be listed, and RECORD itself, which need not.
    func compareNames(files: [ArchivePath], exempt: Set<ArchivePath>) -> Mismatch? {
        if let contradictory { return .contradictory(contradictory) }
        let unlisted = files.filter { lines[$0] == nil && !exempt.contains($0) }
        if !unlisted.isEmpty { return .unlisted(unlisted.sorted().map(\.text)) }
        let present = Set(files)
        let absent = lines.keys.filter { !present.contains($0) && !exempt.contains($0) }
        return absent.isEmpty ? nil : .absent(absent.sorted().map(\.text))
    }

    /// At least one field; quoted fields may contain commas and doubled quotes.
    private static func fields(of row: Substring.UTF8View) -> [[UInt8]] {
        var fields: [[UInt8]] = [[]]
        var isQuoted = false
        var previousWasQuote = false
        for byte in row {
            if byte == "\"" {
                // A quote inside quotes ends them, unless the next byte is a quote again.
                if !isQuoted, previousWasQuote { fields[fields.count - 1].append(byte) }
                isQuoted.toggle()
                previousWasQuote = !isQuoted
                continue
            }
            previousWasQuote = false
            if byte == ",", !isQuoted {
                fields.append([])
            } else {
                fields[fields.count - 1].append(byte)
            }
        }
        return fields
    }
}

extension WheelRecord.Mismatch {
    /// As the uploader is told.
    var message: String {
        switch self {
        case .unlisted(let paths): "RECORD does not list \(Self.list(paths))"
        case .absent(let paths): "RECORD lists \(Self.list(paths)), which the wheel does not contain"
        case .contradictory(let path): "RECORD lists \(quoted(path)) twice, differently"
        case .unusableHash(let path): "RECORD has no usable hash for \(quoted(path))"
        case .wrongSize(let path): "the size of \(quoted(path)) is not the one in RECORD"
        case .wrongHash(let path): "the hash of \(quoted(path)) is not the one in RECORD"
        }
    }

    private static func list(_ paths: [String]) -> String {
        let shown = paths.prefix(3).map(quoted).joined(separator: ", ")
        return paths.count > 3 ? "\(shown) and \(paths.count - 3) more" : shown
    }
}

/// Checks one file against its line while its bytes pass.
struct RecordedFileCheck {
    private enum Hash {
        case none, unusable
        case sha256(SHA256)
        case sha384(SHA384)
        case sha512(SHA512)
    }

    private let path: String
    private let expectedDigest: String
    private let expectedSize: String
    private var hash: Hash
    private var size = 0

    init(path: ArchivePath, line: WheelRecord.Line) {
        self.path = path.text
        expectedSize = line.size
        let parts = line.hash.split(separator: "=", maxSplits: 1)
        expectedDigest = parts.count == 2 ? String(parts[1].prefix { $0 != "=" }) : ""
        // The specification forbids MD5, SHA-1 and SHA-224 here.
        hash =
            switch parts.first {
            case nil: .none
            case "sha256": .sha256(SHA256())
            case "sha384": .sha384(SHA384())
            case "sha512": .sha512(SHA512())
            default: .unusable
            }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        size += bytes.count
        switch hash {
        case .none, .unusable: break
        case .sha256(var hasher):
            hash = .none
            hasher.update(bufferPointer: bytes)
            hash = .sha256(hasher)
        case .sha384(var hasher):
            hash = .none
            hasher.update(bufferPointer: bytes)
            hash = .sha384(hasher)
        case .sha512(var hasher):
            hash = .none
            hasher.update(bufferPointer: bytes)
            hash = .sha512(hasher)
        }
    }

    /// Whether what passed is what the line says; an empty field says nothing.
    func finish() -> WheelRecord.Mismatch? {
        if !expectedSize.isEmpty, Int(expectedSize) != size { return .wrongSize(path) }
        let digest: [UInt8]
        switch hash {
        case .none: return nil
        case .unusable: return .unusableHash(path)
        case .sha256(let hasher): digest = Array(hasher.finalize())
        case .sha384(let hasher): digest = Array(hasher.finalize())
        case .sha512(let hasher): digest = Array(hasher.finalize())
        }
        return base64URL(digest) == expectedDigest ? nil : .wrongHash(path)
    }
}

/// Base64 with `-` and `_` and no padding (RFC 4648 §5).
func base64URL(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for digit in 0...group.count { text.append(alphabet[bits >> (18 - 6 * digit) & 63]) }
    }
    return String(decoding: text, as: UTF8.self)
}

/// The name of a project.
///
/// Two names are equal when they normalise to the same, however they are spelled.
///
/// - Shape: ASCII letters, digits, `.`, `_` and `-`; starts and ends with a letter or digit.
/// - Source: core metadata specification, `Name`; name normalisation (PEP 503).
package struct ProjectName: Sendable {
    /// As its author spells it.
    package let display: String
    /// Lower case, runs of `-_.` replaced by one `-`.
    package let normalized: String

    /// - Throws: `.invalidName`.
    package init(_ text: String) throws(PackagingError) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, first.isAlphanumeric, last.isAlphanumeric,
            bytes.allSatisfy({ $0.isAlphanumeric || $0 == "." || $0 == "_" || $0 == "-" })
        else { throw .invalidName(text) }
        self.display = text
        self.normalized = Self.normalize(bytes)
    }

    /// The form in which names that look alike are the same: no separators, `l` and `i` are `1`, `o` is `0`.
    ///
    /// - Source: Warehouse, SQL function `ultranormalize_name`.
    package var ultranormalized: String {
        var bytes: [UInt8] = []
        for byte in normalized.utf8 where byte != "-" {
            switch Unicode.Scalar(byte) {
            case "l", "i": bytes.append(UInt8(character: "1"))
            case "o": bytes.append(UInt8(character: "0"))
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The name as filenames must spell it: normalised, with `_` for `-`.
    ///
    /// - Source: binary distribution format, "Escaping and Unicode"; PEP 625.
    package var filenameComponent: String {
        String(decoding: normalized.utf8.map { $0 == "-" ? UInt8(character: "_") : $0 }, as: UTF8.self)
    }

    /// Normalises ASCII text without judging it (`packaging.utils.canonicalize_name`).
    static func normalize(_ bytes: [UInt8]) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var afterSeparator = false
        for byte in bytes {
            let isSeparator = byte == "." || byte == "_" || byte == "-"
            if !isSeparator {
                result.append(byte.lowercased)
            } else if !afterSeparator {
                result.append(UInt8(character: "-"))
            }
            afterSeparator = isSeparator
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension ProjectName: Hashable, Comparable, CustomStringConvertible {
    package var description: String { display }

    package static func == (left: ProjectName, right: ProjectName) -> Bool {
        left.normalized == right.normalized
    }

    package static func < (left: ProjectName, right: ProjectName) -> Bool {
        left.normalized < right.normalized
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(normalized) }
}

/// The records of a pax extended header that we use; the others (times, owners, comments) are passed over.
struct PaxRecords {
    private(set) var path: [UInt8]?
    private(set) var linkPath: [UInt8]?
    private(set) var size: Int?

    /// - Parameter bytes: `<length> <key>=<value>\n`, repeated; the length counts the whole record.
    /// - Throws: `.tar(.malformedHeader)`; `.tar(.sparseMember)` for any `GNU.sparse` key;
    ///   `.tar(.ambiguousHeader)` for a repeated key or another character set than UTF-8.
    /// - Source: POSIX pax, "pax Extended Header".
    init(_ bytes: ArraySlice<UInt8>) throws(ArchiveError) {
        var rest = bytes
        while !rest.isEmpty {
            let record = try Self.nextRecord(&rest)
            guard let equals = record.firstIndex(where: { $0 == "=" }),
                let key = String(validating: record[..<equals], as: UTF8.self)
            else { throw .tar(.malformedHeader) }
            try apply(key, Array(record[record.index(after: equals)...]))
        }
    }

    /// Takes one record off the front, without its length and newline.
    private static func nextRecord(_ rest: inout ArraySlice<UInt8>) throws(ArchiveError) -> ArraySlice<UInt8>
    {
        let digits = rest.prefix { $0.isDigit }
        guard (1...9).contains(digits.count), rest.dropFirst(digits.count).first == " " else {
            throw .tar(.malformedHeader)
        }
        let length = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let headBytes = digits.count + 1
        guard length > headBytes, length <= rest.count else { throw .tar(.malformedHeader) }
        let record = rest.prefix(length)
        guard record.last == "\n" else { throw .tar(.malformedHeader) }
        rest = rest.dropFirst(length)
        return record.dropFirst(headBytes).dropLast()
    }

    private mutating func apply(_ key: String, _ value: [UInt8]) throws(ArchiveError) {
        switch key {
        case "path":
            guard path == nil else { throw .tar(.ambiguousHeader(key)) }
            path = value
        case "linkpath":
            guard linkPath == nil else { throw .tar(.ambiguousHeader(key)) }
            linkPath = value
        case "size":
            guard size == nil else { throw .tar(.ambiguousHeader(key)) }
            guard (1...18).contains(value.count), value.allSatisfy(\.isDigit) else {
                throw .tar(.malformedHeader)
            }
            size = value.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        case "hdrcharset":
            guard value.elementsEqual("ISO-IR 10646 2000 UTF-8".utf8) else {
                throw .tar(.ambiguousHeader(key))
            }
        default:
            if key.utf8.starts(with: "GNU.sparse".utf8) { throw .tar(.sparseMember) }
        }
    }

    /// Whether a global header says something about single members.
    var describesMember: Bool { path != nil || linkPath != nil || size != nil }
}

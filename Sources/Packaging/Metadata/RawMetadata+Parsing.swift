extension RawMetadata {
    /// Reads a `METADATA` or `PKG-INFO` file. Unknown fields are ignored.
    ///
    /// - Shape: header fields, folded over lines that begin with a space or tab; a blank line; the description.
    ///   As in Python's `email` package, a line that is no header ends the headers, too.
    /// - Parameter maxBytes: our limit on the whole file.
    /// - Throws: `.metadataTooLarge`, `.metadataNotUTF8`, or `.invalidMetadata` for a description both in the
    ///   headers and after them.
    /// - Source: core metadata specification; `packaging.metadata.parse_email`.
    package init(parsing bytes: [UInt8], maxBytes: Int) throws(PackagingError) {
        guard bytes.count <= maxBytes else { throw .metadataTooLarge(limit: maxBytes) }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .metadataNotUTF8 }
        self.init()
        let body = readHeaders(bytes)
        let description = String(decoding: bytes[body...], as: UTF8.self)
        if self[.description].isEmpty {
            add(description, to: .description)
        } else if !PythonText.strip(description).isEmpty {
            throw .hasInvalidData(MetadataField.description.rawValue)
        }
    }

    /// - Returns: the offset after the headers and the blank line.
    private mutating func readHeaders(_ bytes: [UInt8]) -> Int {
        var field: MetadataField?
        var value: [UInt8] = []
        var position = 0
        func finish(_ metadata: inout RawMetadata) {
            guard let field else { return }
            while let last = value.last, last == "\r" || last == "\n" { value.removeLast() }
            let text = String(decoding: value, as: UTF8.self)
            metadata.add(field == .description ? Self.unfolded(text) : text, to: field)
        }
        while position < bytes.count {
            let end = Self.endOfLine(bytes, from: position)
            let line = bytes[position..<end]
            if line.first == " " || line.first == "\t" {
                value += line
            } else if let colon = Self.colon(of: line) {
                finish(&self)
                field = MetadataField(
                    rawValue: String(decoding: line[..<colon].map(\.lowercased), as: UTF8.self))
                value = Array(line[(colon + 1)...].drop { $0 == " " || $0 == "\t" })
            } else {
                finish(&self)
                return line.first == "\n" || line.first == "\r" ? end : position
            }
            position = end
        }
        finish(&self)
        return position
    }

    /// Where the name of a header line ends; nil if the line is no header.
    private static func colon(of line: ArraySlice<UInt8>) -> Int? {
        guard let colon = line.firstIndex(of: UInt8(character: ":")),
            line[..<colon].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return colon
    }

    /// The offset after the line and its `\n`, `\r` or `\r\n`.
    private static func endOfLine(_ bytes: [UInt8], from start: Int) -> Int {
        guard let end = bytes[start...].firstIndex(where: { $0 == "\n" || $0 == "\r" }) else {
            return bytes.count
        }
        let isPair = bytes[end] == "\r" && end + 1 < bytes.count && bytes[end + 1] == "\n"
        return end + (isPair ? 2 : 1)
    }

    /// Removes the indentation of a description in the headers: eight spaces, or seven and a bar.
    private static func unfolded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(character: "\n")) else { return text }
        return text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            .map { line in
                line.hasPrefix("       |") || line.hasPrefix("        ") ? line.dropFirst(8) : line
            }
            .joined(separator: "\n")
    }
}

extension PackagingError {
    /// A field that occurs too often, or twice in different places.
    static func hasInvalidData(_ field: String) -> PackagingError {
        .invalidMetadata(field: field, message: "\(PythonText.repr(field)) has invalid data")
    }
}

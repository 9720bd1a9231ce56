/// Why bytes are not JSON of the strict dialect. Offsets are in bytes from the start of the text.
package enum JSONError: Error, Hashable, Sendable {
    /// More bytes than the reader allows.
    case tooLarge(bytes: Int, limit: Int)
    /// The text ended inside a value.
    case unexpectedEnd(offset: Int)
    /// A byte that cannot stand here, such as a byte order mark, a stray comma or a NUL.
    case unexpectedByte(UInt8, offset: Int)
    /// Something other than white space follows the value.
    case trailingBytes(offset: Int)
    /// Arrays and objects nested deeper than the reader allows.
    case tooDeep(limit: Int, offset: Int)
    /// The object that opens at the offset names one member twice.
    case duplicateKey(String, offset: Int)
    /// A fraction or an exponent: signed metadata knows integers only.
    case notAnInteger(offset: Int)
    /// An integer with a leading zero, or minus zero: the same number has another spelling.
    case ambiguousInteger(offset: Int)
    /// An integer outside 64 bits.
    case integerOutOfRange(offset: Int)
    /// A control character that is not escaped.
    case controlCharacter(UInt8, offset: Int)
    /// A backslash followed by something JSON does not know.
    case invalidEscape(offset: Int)
    /// A `\u` escape of half a surrogate pair.
    case loneSurrogate(offset: Int)
    /// A string that is not UTF-8.
    case invalidUTF8(offset: Int)
}

/// What the JSON reader allows. Both limits are our own.
package struct JSONLimits: Hashable, Sendable {
    /// What becomes of a number that is no integer of 64 bits in its one spelling.
    package enum OtherNumbers: Hashable, Sendable {
        /// The text is refused: right for whatever is signed.
        case refused
        /// It is read as `null`: right where members that nobody asks for must do no harm.
        case readAsNull
    }

    /// The longest text, in bytes.
    package let maxBytes: Int
    /// How deep arrays and objects may nest; a scalar is at depth 0.
    package let maxDepth: Int
    package let otherNumbers: OtherNumbers

    package init(maxBytes: Int = 256 << 20, maxDepth: Int = 64, otherNumbers: OtherNumbers = .refused) {
        self.maxBytes = maxBytes
        self.maxDepth = maxDepth
        self.otherNumbers = otherNumbers
    }

    package static let `default` = JSONLimits()
}

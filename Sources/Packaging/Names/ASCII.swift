/// ASCII classes of single bytes.
extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    var isAlphanumeric: Bool { isDigit || isLetter }
    var isHexDigit: Bool { isDigit || ((self | 0x20) >= 0x61 && (self | 0x20) <= 0x66) }
    /// Lower case of an ASCII letter; other bytes unchanged.
    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

    /// The byte of an ASCII character literal.
    init(character: Unicode.Scalar) { self = UInt8(truncatingIfNeeded: character.value) }
}

func == (byte: UInt8, character: Unicode.Scalar) -> Bool { UInt32(byte) == character.value }

func != (byte: UInt8, character: Unicode.Scalar) -> Bool { UInt32(byte) != character.value }

func == (byte: UInt8?, character: Unicode.Scalar) -> Bool {
    byte.map { UInt32($0) == character.value } ?? false
}

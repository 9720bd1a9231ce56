/// A rough estimate of how many guesses a passphrase withstands. It knows words only by their length: six words that
/// dice have chosen pass, a sentence from a book passes as well and should not be used.
enum PassphraseStrength {
    /// Bits. At a guess a second and gibibyte, what a derived key costs, beyond anyone's means.
    static let needed = 70

    /// - Parameter account: its name counts nothing.
    static func bits(of passphrase: Passphrase, account: String) -> Int {
        passphrase.withBytes { start in
            bits(of: UnsafeBufferPointer(start: start, count: passphrase.count), account: account)
        }
    }

    private static func bits(of bytes: UnsafeBufferPointer<UInt8>, account: String) -> Int {
        let chunks = bytes.split { !isLetter($0) && !isDigit($0) && $0 < 0x80 && isSeparator($0) }
        var sum = 0
        for (position, chunk) in chunks.enumerated() {
            let isRepeated = chunks[..<position].contains { same($0, chunk) }
            sum += isRepeated ? 1 : bits(ofChunk: chunk, account: account)
        }
        return sum
    }

    private static func bits(ofChunk chunk: Slice<UnsafeBufferPointer<UInt8>>, account: String) -> Int {
        var counted = 0
        var position = chunk.startIndex
        while position < chunk.endIndex {
            if let known = ([account] + commonest).first(where: { begins(chunk[position...], with: $0) }) {
                position += known.utf8.count
                continue
            }
            if !isPredictable(position, in: chunk) { counted += 1 }
            position += 1
        }
        guard chunk.allSatisfy(isLetter) else { return counted * 5 }
        return counted <= 8 ? min(12, counted * 3) : 12 + (counted - 8) * 5 / 2
    }

    /// Parts of what people choose most.
    private static let commonest = [
        "password", "passwort", "letmein", "welcome", "iloveyou", "qwerty", "qwertz", "azerty", "admin",
        "dragon",
        "monkey", "football", "baseball", "sunshine", "princess", "master", "shadow", "superman",
    ]

    /// Whether a byte is the one before again, its neighbour in the alphabet, or goes on with what repeats.
    private static func isPredictable(_ position: Int, in chunk: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        let before = position - chunk.startIndex
        guard before > 0 else { return false }
        if abs(Int(chunk[position - 1]) - Int(chunk[position])) <= 1 { return true }
        return (2...8).contains { period in
            before > period && chunk[position] == chunk[position - period]
                && chunk[position - 1] == chunk[position - 1 - period]
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowered(byte)) || byte >= 0x80
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        [" ", "-", "_", ".", ",", "+", "/"].contains { $0 == Unicode.Scalar(byte) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func begins(_ chunk: Slice<UnsafeBufferPointer<UInt8>>, with known: String) -> Bool {
        !known.isEmpty && chunk.count >= known.utf8.count
            && zip(chunk, known.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func same(
        _ left: Slice<UnsafeBufferPointer<UInt8>>, _ right: Slice<UnsafeBufferPointer<UInt8>>
    ) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { lowered($0) == lowered($1) }
    }
}

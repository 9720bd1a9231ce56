/// Reads versions from bytes, each part greedily and without going back, so in linear time.
///
/// - Source: the pattern of the version specifiers specification, appendix B.
struct VersionScanner {
    let bytes: [UInt8]
    private(set) var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// The longest version that starts here, or nil if none does.
    mutating func scanVersion() -> Version? {
        guard let (epoch, release) = scanRelease() else { return nil }
        let suffixes = scanSuffixes()
        return Version(
            epoch: epoch, release: release, prerelease: suffixes.prerelease, post: suffixes.post,
            dev: suffixes.dev, localParts: scanLocal())
    }

    /// Epoch and release, with an optional `v` before them.
    mutating func scanRelease() -> (epoch: DecimalNumber, release: [DecimalNumber])? {
        if (peek() ?? 0).lowercased == "v" { position += 1 }
        guard var number = scanNumber() else { return nil }
        var epoch = DecimalNumber.zero
        if peek() == "!", isDigit(at: position + 1) {
            position += 1
            epoch = number
            number = scanNumber() ?? .zero
        }
        var release = [number]
        while peek() == ".", isDigit(at: position + 1) {
            position += 1
            release.append(scanNumber() ?? .zero)
        }
        return (epoch, release)
    }

    /// Pre-release, post release and development release, in this order, each optional.
    mutating func scanSuffixes() -> (
        prerelease: Version.Prerelease?, post: DecimalNumber?, dev: DecimalNumber?
    ) {
        let prerelease = scanSuffix(Self.phases).map { Version.Prerelease(phase: $0.0, number: $0.1) }
        let post: DecimalNumber?
        if peek() == "-", isDigit(at: position + 1) {
            position += 1
            post = scanNumber()
        } else {
            post = scanSuffix(Self.posts)?.1
        }
        return (prerelease, post, scanSuffix(Self.devs)?.1)
    }

    /// A local version, `+` included.
    mutating func scanLocal() -> [Version.LocalPart]? {
        guard peek() == "+", isAlphanumeric(at: position + 1) else { return nil }
        var parts: [Version.LocalPart] = []
        repeat {
            let start = position + 1
            position = start
            while isAlphanumeric(at: position) { position += 1 }
            let part = bytes[start..<position]
            if part.allSatisfy(\.isDigit) {
                parts.append(.number(DecimalNumber(digits: part)))
            } else {
                parts.append(.text(String(decoding: part.map(\.lowercased), as: UTF8.self)))
            }
        } while isSeparator(at: position) && isAlphanumeric(at: position + 1)
        return parts
    }

    /// Skips the text if it comes next.
    mutating func skip(_ text: StaticString) -> Bool {
        guard matches(text, at: position) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    // Where one word begins another, the longer one stands first.
    private static let phases: [(StaticString, Version.Phase)] = [
        ("alpha", .alpha), ("a", .alpha), ("beta", .beta), ("b", .beta), ("preview", .candidate),
        ("pre", .candidate), ("c", .candidate), ("rc", .candidate),
    ]
    private static let posts: [(StaticString, Void)] = [("post", ()), ("rev", ()), ("r", ())]
    private static let devs: [(StaticString, Void)] = [("dev", ())]

    private mutating func scanSuffix<Meaning>(
        _ words: [(StaticString, Meaning)]
    ) -> (Meaning, DecimalNumber)? {
        let start = isSeparator(at: position) ? position + 1 : position
        for (word, meaning) in words where matches(word, at: start) {
            position = start + word.utf8CodeUnitCount
            if isSeparator(at: position) { position += 1 }
            return (meaning, scanNumber() ?? .zero)
        }
        return nil
    }

    private mutating func scanNumber() -> DecimalNumber? {
        let start = position
        while isDigit(at: position) { position += 1 }
        return start == position ? nil : DecimalNumber(digits: bytes[start..<position])
    }

    /// Compares ASCII text in lower case with the bytes at the offset, regardless of their case.
    private func matches(_ word: StaticString, at start: Int) -> Bool {
        guard start + word.utf8CodeUnitCount <= bytes.count else { return false }
        return word.withUTF8Buffer { word in
            bytes[start..<start + word.count].elementsEqual(word) { $0.lowercased == $1 }
        }
    }

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isDigit(at index: Int) -> Bool { index < bytes.count && bytes[index].isDigit }

    private func isAlphanumeric(at index: Int) -> Bool { index < bytes.count && bytes[index].isAlphanumeric }

    private func isSeparator(at index: Int) -> Bool {
        index < bytes.count && (bytes[index] == "." || bytes[index] == "-" || bytes[index] == "_")
    }
}

/// One segment of a ``PathPattern``.
struct GlobSegment: Sendable {
    private enum Token {
        case anyRun
        case anyOne
        case literal(Unicode.Scalar)
        case set(GlobSet)

        func matches(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .anyRun, .anyOne: true
            case .literal(let literal): literal == scalar
            case .set(let set): set.contains(scalar)
            }
        }

        var isAnyRun: Bool {
            if case .anyRun = self { true } else { false }
        }
    }

    private let tokens: [Token]

    init(_ pattern: [Unicode.Scalar]) {
        var tokens: [Token] = []
        var index = 0
        while index < pattern.count {
            let scalar = pattern[index]
            index += 1
            switch scalar {
            case "*":
                if tokens.last?.isAnyRun != true { tokens.append(.anyRun) }
            case "?": tokens.append(.anyOne)
            case "[":
                if let end = GlobSegment.endOfSet(in: pattern, from: index) {
                    tokens.append(.set(GlobSet(Array(pattern[index..<end]))))
                    index = end + 1
                } else {
                    tokens.append(.literal("["))
                }
            default: tokens.append(.literal(scalar))
            }
        }
        self.tokens = tokens
    }

    /// Greedy matching that only ever goes back to the latest `*`: quadratic at worst.
    func matches(_ text: [Unicode.Scalar]) -> Bool {
        var position = 0
        var token = 0
        var retry: (token: Int, position: Int)?
        while position < text.count {
            if token < tokens.count, tokens[token].isAnyRun {
                retry = (token + 1, position)
                token += 1
            } else if token < tokens.count, tokens[token].matches(text[position]) {
                token += 1
                position += 1
            } else if let last = retry {
                retry = (last.token, last.position + 1)
                token = last.token
                position = last.position + 1
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy(\.isAnyRun)
    }

    /// Where the `]` is that closes the set whose content starts at `start`; a `]` that comes first is content.
    private static func endOfSet(in pattern: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start
        if index < pattern.count, pattern[index] == "!" { index += 1 }
        if index < pattern.count, pattern[index] == "]" { index += 1 }
        return pattern[index...].firstIndex(of: "]")
    }
}

/// The characters between `[` and `]`.
struct GlobSet: Sendable {
    private var isNegated = false
    private var singles: Set<Unicode.Scalar> = []
    private var ranges: [ClosedRange<Unicode.Scalar>] = []

    /// - Parameter content: what stands between the brackets, not empty.
    init(_ content: [Unicode.Scalar]) {
        var chunks = GlobSet.chunks(of: content)
        if chunks[0].first == "!" {
            isNegated = true
            chunks[0].removeFirst()
        }
        singles = Set(chunks.joined())
        // A chunk that is left empty by "!" has nothing to start a range with.
        for (left, right) in zip(chunks, chunks.dropFirst()) {
            guard let lower = left.last, let upper = right.first, lower <= upper else { continue }
            ranges.append(lower...upper)
        }
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        (singles.contains(scalar) || ranges.contains { $0.contains(scalar) }) != isNegated
    }

    /// Splits `content` at the hyphens that make ranges, and joins again what an empty range (`z-a`) divides,
    /// without that range.
    private static func chunks(of content: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
        var chunks: [[Unicode.Scalar]] = []
        var start = 0
        var search = content.first == "!" ? 2 : 1
        while search < content.count, let hyphen = content[search...].firstIndex(of: "-") {
            chunks.append(Array(content[start..<hyphen]))
            start = hyphen + 1
            search = hyphen + 3
        }
        if start < content.count || chunks.isEmpty {
            chunks.append(Array(content[start...]))
        } else {
            chunks[chunks.count - 1].append("-")
        }
        for index in stride(from: chunks.count - 1, to: 0, by: -1) {
            guard let lower = chunks[index - 1].last, let upper = chunks[index].first, lower > upper else {
                continue
            }
            chunks[index - 1] = chunks[index - 1].dropLast() + chunks[index].dropFirst()
            chunks.remove(at: index)
        }
        return chunks
    }
}

/// What a body decoder made of some input.
package struct BodyPiece: Hashable, Sendable {
    /// Where the body's bytes lie in the input; may be empty.
    package let data: Range<Int>
    /// How many bytes of the input were taken.
    package let consumed: Int
    /// Whether the body ends here.
    package let isLast: Bool
}

/// Finds a request body's bytes in what the connection receives, and keeps to a limit.
package struct BodyDecoder: Sendable {
    private enum Framing: Sendable {
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
    }

    private var framing: Framing
    private let limit: Int
    private var received = 0

    /// - Parameter limit: bytes of body allowed, ≥ 0.
    /// - Throws: `.bodyTooLarge` where the declared length exceeds `limit`.
    package init(_ framing: BodyFraming, limit: Int) throws(RequestError) {
        self.limit = limit
        switch framing {
        case .none: self.framing = .length(remaining: 0)
        case .length(let length):
            guard length <= limit else { throw .bodyTooLarge(limit: limit) }
            self.framing = .length(remaining: length)
        case .chunked: self.framing = .chunked(ChunkedDecoder())
        }
    }

    /// Bytes still to come, where the length was declared.
    package var remaining: Int? {
        if case .length(let remaining) = framing { remaining } else { nil }
    }

    /// Takes bytes up to the end of the next piece of the body. Call again with the rest until everything is
    /// taken or the last piece has come.
    package mutating func decode(_ input: Span<UInt8>) throws(RequestError) -> BodyPiece {
        switch framing {
        case .length(let remaining):
            let taken = min(remaining, input.count)
            framing = .length(remaining: remaining - taken)
            return BodyPiece(data: 0..<taken, consumed: taken, isLast: taken == remaining)
        case .chunked(var chunked):
            let piece = try chunked.decode(input)
            framing = .chunked(chunked)
            received += piece.data.count
            guard received <= limit else { throw .bodyTooLarge(limit: limit) }
            return piece
        }
    }
}

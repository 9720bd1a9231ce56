/// Reads the chunked transfer coding (RFC 9112 §7.1) from bytes that arrive in any portions.
///
/// Chunk extensions and trailers are checked and dropped.
struct ChunkedDecoder: Sendable {
    /// Bytes of extensions in a whole body. Ours: nobody sends any.
    static let maxExtensionBytes = 16 << 10
    /// Bytes of the trailer section. Ours.
    static let maxTrailerBytes = 8 << 10
    /// Hexadecimal digits of a chunk's size. Ours: leaves room below `Int.max`.
    private static let maxSizeDigits = 15

    private enum State: Sendable {
        case size(digits: Int)
        case extensions
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailerLine
        case finished
    }

    private var state = State.size(digits: 0)
    private var chunkRemaining = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailer: [UInt8] = []

    /// Takes bytes up to the end of the next piece of data.
    mutating func decode(_ input: Span<UInt8>) throws(RequestError) -> BodyPiece {
        var index = 0
        while index < input.count {
            let byte = input[index]
            switch state {
            case .size(let digits):
                try readSize(byte, digits: digits)
            case .extensions:
                try readExtension(byte)
            case .sizeLineFeed:
                guard byte == ASCII.lineFeed else { throw .malformedChunk }
                state = chunkRemaining == 0 ? .trailerLine : .data
            case .data:
                let taken = min(chunkRemaining, input.count - index)
                chunkRemaining -= taken
                if chunkRemaining == 0 { state = .dataCarriageReturn }
                return BodyPiece(data: index..<index + taken, consumed: index + taken, isLast: false)
            case .dataCarriageReturn:
                guard byte == ASCII.carriageReturn else { throw .malformedChunk }
                state = .dataLineFeed
            case .dataLineFeed:
                guard byte == ASCII.lineFeed else { throw .malformedChunk }
                state = .size(digits: 0)
            case .trailerLine:
                try readTrailer(byte)
                if case .finished = state {
                    return BodyPiece(data: 0..<0, consumed: index + 1, isLast: true)
                }
            case .finished:
                return BodyPiece(data: 0..<0, consumed: index, isLast: true)
            }
            index += 1
        }
        return BodyPiece(data: 0..<0, consumed: index, isLast: false)
    }

    private mutating func readSize(_ byte: UInt8, digits: Int) throws(RequestError) {
        if let value = ASCII.hexValue(byte) {
            guard digits < Self.maxSizeDigits else { throw .malformedChunk }
            chunkRemaining = chunkRemaining << 4 | Int(value)
            state = .size(digits: digits + 1)
            return
        }
        guard digits > 0 else { throw .malformedChunk }
        switch byte {
        case ASCII.carriageReturn: state = .sizeLineFeed
        case ASCII.semicolon: state = .extensions
        default: throw .malformedChunk
        }
    }

    private mutating func readExtension(_ byte: UInt8) throws(RequestError) {
        if byte == ASCII.carriageReturn {
            state = .sizeLineFeed
            return
        }
        guard ASCII.isFieldValue(byte) else { throw .malformedChunk }
        extensionBytes += 1
        guard extensionBytes <= Self.maxExtensionBytes else {
            throw .chunkOverheadTooLarge(limit: Self.maxExtensionBytes)
        }
    }

    private mutating func readTrailer(_ byte: UInt8) throws(RequestError) {
        trailerBytes += 1
        guard trailerBytes <= Self.maxTrailerBytes else {
            throw .trailersTooLarge(limit: Self.maxTrailerBytes)
        }
        guard byte == ASCII.lineFeed else {
            trailer.append(byte)
            return
        }
        guard trailer.last == ASCII.carriageReturn else { throw .malformedChunk }
        if trailer.count == 1 {
            trailer = []
            state = .finished
            return
        }
        do {
            _ = try FieldLine(trailer.span, in: 0..<trailer.count - 1)
        } catch {
            throw .malformedChunk
        }
        trailer.removeAll(keepingCapacity: true)
    }
}

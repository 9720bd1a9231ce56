/// Reads request heads from bytes that arrive in any portions.
///
/// The result does not depend on how the bytes are split. A head that arrives whole is read where it lies;
/// only an incomplete one is kept.
package struct HeadDecoder: Sendable {
    private let limits: RequestLimits
    /// The head so far, where its end has not arrived.
    private var partial: [UInt8] = []
    private var scan = Scan()

    package init(limits: RequestLimits) {
        self.limits = limits
    }

    /// Whether no byte of a head has arrived.
    package var isIdle: Bool { partial.isEmpty }

    /// Takes bytes up to the end of a head.
    ///
    /// - Returns: the head and how many bytes of `input` it took, or nil where `input` was taken whole and
    ///   more is needed.
    /// - Throws: why the head is refused; the decoder is of no use after that.
    package mutating func decode(
        _ input: Span<UInt8>
    ) throws(RequestError) -> (head: RequestHead, consumed: Int)? {
        if partial.isEmpty {
            guard let length = try scan.advance(over: input, limits: limits) else {
                partial = input.copy(0..<input.count)
                return nil
            }
            return (try takeHead(input.copy(0..<length)), length)
        }
        var gathered = partial
        partial = []
        let before = gathered.count
        // One byte past the limit is enough to see that it is passed.
        let taken = min(input.count, max(0, limits.maxHeadBytes + 1 - before))
        input.extracting(0..<taken).withUnsafeBufferPointer { gathered.append(contentsOf: $0) }
        guard let length = try scan.advance(over: gathered.span, limits: limits) else {
            partial = gathered
            return nil
        }
        gathered.removeSubrange(length...)
        return (try takeHead(gathered), length - before)
    }

    private mutating func takeHead(_ bytes: [UInt8]) throws(RequestError) -> RequestHead {
        guard let line = scan.requestLine else { throw .malformedRequestLine }
        try scan.fields.finish(line.version)
        let lines = scan.fieldsStart..<bytes.count - 2
        let head = RequestHead(bytes: bytes, line: line, fields: scan.fields, lines: lines)
        scan = Scan()
        return head
    }
}

extension HeadDecoder {
    /// How far a head has been read; offsets count from its first byte.
    private struct Scan: Sendable {
        var requestLine: RequestLine?
        var fields = FieldScan()
        var fieldsStart = 0
        private var lineStart = 0
        /// No line feed lies between `lineStart` and here.
        private var scanned = 0
        private var skippedEmptyLine = false

        /// Reads the lines that `bytes`, the head so far, completes.
        ///
        /// - Returns: the head's length once the blank line is there.
        mutating func advance(
            over bytes: Span<UInt8>, limits: RequestLimits
        ) throws(RequestError) -> Int? {
            while let end = bytes.firstLineFeed(from: scanned) {
                try checkLimits(lineFeed: end, limits: limits)
                guard end > lineStart, bytes[end - 1] == ASCII.carriageReturn else { throw .bareLineFeed }
                let line = lineStart..<end - 1
                lineStart = end + 1
                scanned = lineStart
                if requestLine == nil {
                    // RFC 9112 §2.2: some clients end a body with an extra CR LF.
                    if line.isEmpty, !skippedEmptyLine {
                        skippedEmptyLine = true
                        continue
                    }
                    requestLine = try RequestLine(bytes, in: line)
                    fieldsStart = lineStart
                } else if line.isEmpty {
                    return lineStart
                } else {
                    try fields.add(bytes, line: line, limits: limits)
                }
            }
            scanned = bytes.count
            try checkLimits(lineFeed: bytes.count, limits: limits)
            return nil
        }

        /// - Parameter lineFeed: where the line ends, or the first place where it still could.
        private func checkLimits(lineFeed: Int, limits: RequestLimits) throws(RequestError) {
            if requestLine == nil, lineFeed - lineStart > limits.maxRequestLine + 1 {
                throw .requestLineTooLong(limit: limits.maxRequestLine)
            }
            if lineFeed >= limits.maxHeadBytes { throw .headTooLarge(limit: limits.maxHeadBytes) }
        }
    }
}

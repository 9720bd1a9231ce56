/// Reads `multipart/form-data` (RFC 7578, RFC 2046 §5.1) from bytes that arrive in any portions.
///
/// Data passes through as slices of what was fed: nothing is gathered but headers and what may be the start
/// of a boundary.
package struct MultipartDecoder: Sendable {
    /// What a part's header section says.
    package struct Part: Hashable, Sendable {
        package let name: String
        package let filename: String?
        package let contentType: String?
    }

    package enum Event: Hashable, Sendable {
        case partBegin(Part)
        case data(ArraySlice<UInt8>)
        case partEnd
        /// The closing boundary; anything after it is ignored.
        case end
    }

    private enum State: Sendable {
        case preamble
        case delimiterEnd
        case header
        case data
        case epilogue
    }

    private let delimiter: [UInt8]
    private let maxParts: Int
    private let maxPartHeaderBytes: Int
    private var state = State.preamble
    private var parts = 0
    /// What was fed but could not be judged yet. The first boundary needs no line break before it: pretend.
    private var carry: [UInt8] = [ASCII.carriageReturn, ASCII.lineFeed]

    /// - Parameters:
    ///   - contentType: the request's Content-Type.
    ///   - maxParts: our limit; a form with every core metadata field stays far below the default.
    ///   - maxPartHeaderBytes: our limit for one part's header section.
    /// - Throws: `.malformedMultipart` where it is not `multipart/form-data` with a boundary of 1…70 bytes.
    package init(
        contentType: String?, maxParts: Int = 2048, maxPartHeaderBytes: Int = 8 << 10
    ) throws(RequestError) {
        let pieces = ListField.split((contentType ?? "")[...], at: ";")
        guard pieces[0].lowercased() == "multipart/form-data",
            let boundary = pieces.dropFirst().lazy.compactMap(ListField.parameter)
                .first(where: { $0.name == "boundary" })?.value,
            (1...70).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy({ (ASCII.space..<ASCII.delete).contains($0) }),
            boundary.utf8.last != ASCII.space
        else { throw .malformedMultipart }
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.maxParts = maxParts
        self.maxPartHeaderBytes = maxPartHeaderBytes
    }

    /// Takes the next bytes of the body.
    package mutating func feed(_ bytes: [UInt8]) throws(RequestError) -> [Event] {
        let input = carry.isEmpty ? bytes : carry + bytes
        carry = []
        var events: [Event] = []
        var index = 0
        while index < input.count {
            switch state {
            case .preamble, .data:
                let found = findDelimiter(in: input, from: index)
                if case .data = state, found.start > index {
                    events.append(.data(input[index..<found.start]))
                }
                guard found.isWhole else {
                    carry = Array(input[found.start...])
                    return events
                }
                if case .data = state { events.append(.partEnd) }
                state = .delimiterEnd
                index = found.start + delimiter.count
            case .delimiterEnd:
                guard let next = try readDelimiterEnd(input, from: index, into: &events) else {
                    carry = Array(input[index...])
                    return events
                }
                index = next
            case .header:
                guard let end = try headerEnd(in: input, from: index) else {
                    carry = Array(input[index...])
                    return events
                }
                events.append(.partBegin(try readHeader(input, from: index, to: end)))
                state = .data
                index = end
            case .epilogue:
                return events
            }
        }
        return events
    }

    /// Checks that the closing boundary has come.
    package func finish() throws(RequestError) {
        guard case .epilogue = state else { throw .truncatedMultipart }
    }
}

extension MultipartDecoder {
    /// The first place in `input` where a delimiter is, or may begin at its very end.
    private func findDelimiter(in input: [UInt8], from start: Int) -> (start: Int, isWhole: Bool) {
        let bytes = input.span
        let mark = delimiter.span
        var index = start
        while index < bytes.count {
            guard bytes[index] == ASCII.carriageReturn else {
                index += 1
                continue
            }
            let length = min(mark.count, bytes.count - index)
            var matched = 1
            while matched < length, bytes[index + matched] == mark[matched] { matched += 1 }
            if matched == length { return (index, length == mark.count) }
            index += 1
        }
        return (bytes.count, false)
    }

    /// Reads what follows a boundary: `--`, or blanks and a line break.
    ///
    /// - Returns: where to go on, or nil where more is needed.
    private mutating func readDelimiterEnd(
        _ input: [UInt8], from start: Int, into events: inout [Event]
    ) throws(RequestError) -> Int? {
        let rest = input[start...]
        if rest.first == ASCII.hyphen {
            guard rest.count >= 2 else { return nil }
            guard rest[start + 1] == ASCII.hyphen else { throw .malformedMultipart }
            events.append(.end)
            state = .epilogue
            return input.count
        }
        guard let lineFeed = rest.firstIndex(of: ASCII.lineFeed) else {
            guard rest.count < 64 else { throw .malformedMultipart }
            return nil
        }
        let line = rest[..<lineFeed]
        guard line.last == ASCII.carriageReturn, line.dropLast().allSatisfy(ASCII.isBlank) else {
            throw .malformedMultipart
        }
        parts += 1
        guard parts <= maxParts else { throw .tooManyParts(limit: maxParts) }
        state = .header
        return lineFeed + 1
    }

    /// Where a part's data begins, or nil where its blank line has not arrived.
    private func headerEnd(in input: [UInt8], from start: Int) throws(RequestError) -> Int? {
        let bytes = input.span
        var lineStart = start
        while let lineFeed = bytes.firstLineFeed(from: lineStart) {
            guard lineFeed - start < maxPartHeaderBytes else { break }
            if lineFeed == lineStart + 1, bytes[lineStart] == ASCII.carriageReturn { return lineFeed + 1 }
            lineStart = lineFeed + 1
        }
        guard input.count - start < maxPartHeaderBytes else {
            throw .partHeaderTooLarge(limit: maxPartHeaderBytes)
        }
        return nil
    }

    /// - Parameter end: just after the blank line.
    private func readHeader(_ input: [UInt8], from start: Int, to end: Int) throws(RequestError) -> Part {
        let bytes = input.span
        var disposition: ContentDisposition?
        var contentType: String?
        var lineStart = start
        while let lineFeed = bytes.firstLineFeed(from: lineStart), lineFeed < end - 2 {
            guard lineFeed > lineStart, bytes[lineFeed - 1] == ASCII.carriageReturn,
                let field = try? FieldLine(bytes, in: lineStart..<lineFeed - 1)
            else { throw .malformedMultipart }
            let value = String(decoding: input[field.value], as: UTF8.self)
            if bytes.equals("content-disposition", in: field.name) {
                guard disposition == nil, let parsed = ContentDisposition(value) else {
                    throw .malformedMultipart
                }
                disposition = parsed
            } else if bytes.equals("content-type", in: field.name) {
                contentType = value
            }
            lineStart = lineFeed + 1
        }
        guard let disposition else { throw .malformedMultipart }
        return Part(name: disposition.name, filename: disposition.filename, contentType: contentType)
    }
}

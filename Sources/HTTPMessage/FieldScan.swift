/// The fields of a head as they are read, and what they say about framing.
///
/// Ranges count from the head's first byte.
struct FieldScan {
    private(set) var fields: [Headers.Field] = []
    private(set) var host: Range<Int>?
    private(set) var closes = false
    private(set) var keepsAlive = false
    private(set) var expectsContinue = false
    private var contentLength: Int?
    private var transferEncoding: TransferEncoding?

    private enum TransferEncoding {
        case chunked
        /// `chunked` applied twice.
        case chunkedTwice
        case unknown
    }

    /// Reads one line, without its CR LF.
    mutating func add(
        _ bytes: Span<UInt8>, line: Range<Int>, limits: RequestLimits
    ) throws(RequestError) {
        guard fields.count < limits.maxFields else { throw .tooManyFields(limit: limits.maxFields) }
        let field = try FieldLine(bytes, in: line)
        if fields.isEmpty { fields.reserveCapacity(12) }
        fields.append(
            Headers.Field(
                name: UInt32(field.name.lowerBound)..<UInt32(field.name.upperBound),
                value: UInt32(field.value.lowerBound)..<UInt32(field.value.upperBound)))
        try interpret(bytes, field)
    }

    private mutating func interpret(_ bytes: Span<UInt8>, _ field: FieldLine) throws(RequestError) {
        switch field.name.count {
        case 4 where bytes.equals("host", in: field.name):
            guard host == nil else { throw .duplicateHost }
            var index = field.value.lowerBound
            while index < field.value.upperBound {
                guard ASCII.isHost(bytes[index]) else { throw .malformedHost }
                index += 1
            }
            host = field.value
        case 6 where bytes.equals("expect", in: field.name):
            guard bytes.equals("100-continue", in: field.value) else { throw .unsupportedExpectation }
            expectsContinue = true
        case 10 where bytes.equals("connection", in: field.name):
            var rest = field.value
            while let item = Self.nextItem(bytes, &rest) {
                if bytes.equals("close", in: item) { closes = true }
                if bytes.equals("keep-alive", in: item) { keepsAlive = true }
            }
        case 14 where bytes.equals("content-length", in: field.name):
            guard contentLength == nil else { throw .repeatedContentLength }
            contentLength = try Self.length(bytes, in: field.value)
        case 17 where bytes.equals("transfer-encoding", in: field.name):
            var rest = field.value
            var isEmpty = true
            while let item = Self.nextItem(bytes, &rest) {
                isEmpty = false
                if !bytes.equals("chunked", in: item) {
                    transferEncoding = .unknown
                } else if transferEncoding == nil {
                    transferEncoding = .chunked
                } else if transferEncoding == .chunked {
                    transferEncoding = .chunkedTwice
                }
            }
            if isEmpty { throw .malformedTransferEncoding }
        default:
            break
        }
    }

    /// Checks what only the whole head can show (RFC 9112 §3.2, §6.1, §6.3).
    func finish(_ version: HTTPVersion) throws(RequestError) {
        if version == .http11, host == nil { throw .missingHost }
        guard let transferEncoding else { return }
        if contentLength != nil { throw .lengthAndTransferEncoding }
        switch transferEncoding {
        case .chunked:
            // HTTP/1.0 knows no transfer codings: its framing cannot be trusted.
            if version == .http10 { throw .malformedTransferEncoding }
        case .chunkedTwice: throw .malformedTransferEncoding
        case .unknown: throw .unsupportedTransferEncoding
        }
    }

    var framing: BodyFraming {
        if transferEncoding != nil { return .chunked }
        return if let contentLength, contentLength > 0 { .length(contentLength) } else { .none }
    }

    private static func length(_ bytes: Span<UInt8>, in range: Range<Int>) throws(RequestError) -> Int {
        // "5, 5" is a repetition, not a number: RFC 9110 §8.6 lets us refuse both.
        guard (1...18).contains(range.count) else { throw .malformedContentLength }
        var length = 0
        for index in range {
            guard ASCII.isDigit(bytes[index]) else { throw .malformedContentLength }
            length = length * 10 + Int(bytes[index] - ASCII.zero)
        }
        return length
    }

    /// Takes the next item of a comma-separated list of tokens off `rest`; empty items are skipped.
    private static func nextItem(_ bytes: Span<UInt8>, _ rest: inout Range<Int>) -> Range<Int>? {
        while !rest.isEmpty {
            var end = rest.lowerBound
            while end < rest.upperBound, bytes[end] != ASCII.comma { end += 1 }
            let item = bytes.trimming(rest.lowerBound..<end)
            rest = min(end + 1, rest.upperBound)..<rest.upperBound
            if !item.isEmpty { return item }
        }
        return nil
    }
}

/// One `name: value` line (RFC 9112 §5).
struct FieldLine {
    let name: Range<Int>
    /// Without blanks around it.
    let value: Range<Int>

    init(_ bytes: Span<UInt8>, in line: Range<Int>) throws(RequestError) {
        var index = line.lowerBound
        if index < line.upperBound, ASCII.isBlank(bytes[index]) { throw .obsoleteLineFolding }
        while index < line.upperBound, ASCII.isToken(bytes[index]) { index += 1 }
        guard index > line.lowerBound, index < line.upperBound else { throw .malformedField }
        guard bytes[index] == ASCII.colon else {
            throw ASCII.isBlank(bytes[index]) ? .whitespaceBeforeColon : .malformedField
        }
        name = line.lowerBound..<index
        let valueStart = index + 1
        index = valueStart
        while index < line.upperBound {
            guard ASCII.isFieldValue(bytes[index]) else { throw .malformedField }
            index += 1
        }
        value = bytes.trimming(valueStart..<line.upperBound)
    }
}

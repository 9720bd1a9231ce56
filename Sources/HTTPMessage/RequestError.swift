/// Why a request was refused before, or while, a handler saw it.
package enum RequestError: Error, Hashable, Sendable {
    // Head: framing and limits.
    case requestLineTooLong(limit: Int)
    case headTooLarge(limit: Int)
    case tooManyFields(limit: Int)
    case bareLineFeed

    // Head: request line.
    case malformedRequestLine
    case methodTooLong(limit: Int)
    case malformedTarget
    case malformedVersion
    case unsupportedVersion

    // Head: fields.
    case malformedField
    case whitespaceBeforeColon
    case obsoleteLineFolding
    case missingHost
    case duplicateHost
    case malformedHost
    case malformedContentLength
    case repeatedContentLength
    case lengthAndTransferEncoding
    case malformedTransferEncoding
    case unsupportedTransferEncoding
    case unsupportedExpectation

    // Body.
    case bodyTooLarge(limit: Int)
    case malformedChunk
    case chunkOverheadTooLarge(limit: Int)
    case trailersTooLarge(limit: Int)
    case timedOut
    /// The client went away; nobody is left to read an answer.
    case disconnected

    // Multipart.
    case malformedMultipart
    case truncatedMultipart
    case tooManyParts(limit: Int)
    case partHeaderTooLarge(limit: Int)
}

extension RequestError {
    /// The status that answers this refusal.
    package var status: Status {
        switch self {
        case .requestLineTooLong: .uriTooLong
        case .headTooLarge, .tooManyFields, .trailersTooLarge: .requestHeaderFieldsTooLarge
        case .bareLineFeed, .malformedRequestLine, .malformedTarget, .malformedVersion, .malformedField,
            .whitespaceBeforeColon, .obsoleteLineFolding, .missingHost, .duplicateHost, .malformedHost,
            .malformedContentLength, .repeatedContentLength, .lengthAndTransferEncoding,
            .malformedTransferEncoding, .malformedChunk, .chunkOverheadTooLarge, .disconnected,
            .malformedMultipart, .truncatedMultipart, .tooManyParts, .partHeaderTooLarge:
            .badRequest
        case .methodTooLong, .unsupportedTransferEncoding: .notImplemented
        case .unsupportedVersion: .httpVersionNotSupported
        case .unsupportedExpectation: .expectationFailed
        case .bodyTooLarge: .contentTooLarge
        case .timedOut: .requestTimeout
        }
    }

    /// One sentence for the person reading the refusal.
    package var explanation: String {
        switch self {
        case .requestLineTooLong(let limit): "The request line is longer than \(limit) bytes."
        case .headTooLarge(let limit): "The request's header section is larger than \(limit) bytes."
        case .tooManyFields(let limit): "The request has more than \(limit) header fields."
        case .bareLineFeed: "A line of the request ends in LF instead of CR LF."
        case .malformedRequestLine: "The request line is malformed."
        case .methodTooLong(let limit): "The method is longer than \(limit) bytes."
        case .malformedTarget: "The request target is malformed."
        case .malformedVersion: "The request line does not end in an HTTP version."
        case .unsupportedVersion: "This server speaks HTTP/1.1 and HTTP/1.0."
        case .malformedField: "A header field is malformed."
        case .whitespaceBeforeColon: "A header field has white space before its colon."
        case .obsoleteLineFolding: "A header field is folded over several lines."
        case .missingHost: "The request has no Host field."
        case .duplicateHost: "The request has more than one Host field."
        case .malformedHost: "The Host field is malformed."
        case .malformedContentLength: "The Content-Length is not a number this server can use."
        case .repeatedContentLength: "The request has more than one Content-Length."
        case .lengthAndTransferEncoding: "The request has both Content-Length and Transfer-Encoding."
        case .malformedTransferEncoding: "The Transfer-Encoding is malformed."
        case .unsupportedTransferEncoding: "The only supported transfer coding is chunked."
        case .unsupportedExpectation: "The only supported expectation is 100-continue."
        case .bodyTooLarge(let limit): "The request body is larger than \(limit) bytes."
        case .malformedChunk: "The chunked request body is malformed."
        case .chunkOverheadTooLarge(let limit): "The chunk extensions exceed \(limit) bytes."
        case .trailersTooLarge(let limit): "The trailer section is larger than \(limit) bytes."
        case .timedOut: "The request did not arrive in time."
        case .disconnected: "The client closed the connection."
        case .malformedMultipart: "The multipart body is malformed."
        case .truncatedMultipart: "The multipart body ends before its closing boundary."
        case .tooManyParts(let limit): "The multipart body has more than \(limit) parts."
        case .partHeaderTooLarge(let limit): "A part's header section is larger than \(limit) bytes."
        }
    }
}

/// How much of a request's head this server takes (our own limits; HTTP sets none).
package struct RequestLimits: Hashable, Sendable {
    /// Bytes of the request line, without its CR LF.
    package var maxRequestLine: Int
    /// Bytes of the whole head, blank line included.
    package var maxHeadBytes: Int
    package var maxFields: Int

    package init(maxRequestLine: Int = 8 << 10, maxHeadBytes: Int = 32 << 10, maxFields: Int = 100) {
        self.maxRequestLine = maxRequestLine
        self.maxHeadBytes = max(maxHeadBytes, maxRequestLine + 4)
        self.maxFields = maxFields
    }

    /// Bytes of a method. Ours: the longest registered one has 18.
    static let maxMethodBytes = 32
}

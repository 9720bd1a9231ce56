extension Response {
    /// What the connection does after a response, as the client is told.
    package enum Persistence: Sendable {
        /// HTTP/1.1's default, which needs no word.
        case implied
        /// An HTTP/1.0 client asked for it.
        case keepAlive
        case close
    }

    /// Appends the status line and fields, blank line included.
    ///
    /// - Parameter standingLines: whole lines every response carries.
    package func encodeHead(
        into buffer: inout [UInt8], standingLines: [UInt8], answersHead: Bool, persistence: Persistence
    ) {
        appendStatusLine(to: &buffer)
        buffer.append(contentsOf: standingLines)
        let fields = headers.removingServerFields()
        fields.appendLines(to: &buffer)
        if !status.forbidsBody {
            buffer.append("Content-Length: ")
            if answersHead, case .empty = body, let declared = headers["Content-Length"].flatMap({ Int($0) })
            {
                buffer.append(decimal: declared)
            } else {
                buffer.append(decimal: body.count)
            }
            buffer.append("\r\n")
        }
        switch persistence {
        case .implied: break
        case .keepAlive: buffer.append("Connection: keep-alive\r\n")
        case .close: buffer.append("Connection: close\r\n")
        }
        buffer.append("\r\n")
    }

    private func appendStatusLine(to buffer: inout [UInt8]) {
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: status.code)
        buffer.append(ASCII.space)
        for scalar in status.reason.unicodeScalars { buffer.append(UInt8(truncatingIfNeeded: scalar.value)) }
        buffer.append("\r\n")
    }
}

extension Headers {
    fileprivate func appendLines(to buffer: inout [UInt8]) {
        buffer.append(contentsOf: bytes[lines])
    }
}

extension [UInt8] {
    package mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// - Parameter decimal: ≥ 0.
    package mutating func append(decimal: Int) {
        var divisor = 1
        while decimal / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(0x30 + UInt8(truncatingIfNeeded: decimal / divisor % 10))
            divisor /= 10
        }
    }
}

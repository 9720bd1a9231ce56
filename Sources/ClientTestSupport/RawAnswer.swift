import Foundation
import Glibc

/// What a server on this machine says to a request, as it came over the wire.
package struct RawAnswer: Sendable {
    package let code: Int
    package let reason: String
    private let fields: [(name: String, value: String)]
    package let body: [UInt8]

    package var text: String { String(decoding: body, as: UTF8.self) }

    package subscript(name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Sends one request on a connection of its own and reads to the end.
    ///
    /// - Parameter target: in whatever form.
    package init(
        _ target: String, method: String = "GET", headers: [String: String] = [:], port: Int
    ) throws {
        var lines = ["\(method) \(target) HTTP/1.1", "Connection: close"]
        lines += headers.merging(["Host": "127.0.0.1:\(port)"]) { given, _ in given }.map { "\($0): \($1)" }
        let bytes = try Self.exchange(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8), port: port)
        let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) ?? bytes.count..<bytes.count
        let head = bytes[..<end.lowerBound].map { String(Unicode.Scalar($0)) }.joined()
        let headLines = head.split(separator: "\r\n").map(String.init)
        let status = (headLines.first ?? "").split(separator: " ", maxSplits: 2).map(String.init)
        code = status.count > 1 ? Int(status[1]) ?? 0 : 0
        reason = status.count > 2 ? status[2] : ""
        fields = headLines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            return (parts[0], parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        body = Array(bytes[end.upperBound...])
    }

    private static func exchange(_ request: [UInt8], port: Int) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else {
            throw POSIXError(.init(rawValue: errno) ?? .EINVAL)
        }
        var (all, chunk): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 64 << 10))
        while case let count = recv(descriptor, &chunk, chunk.count, 0), count > 0 { all += chunk[..<count] }
        return all
    }
}

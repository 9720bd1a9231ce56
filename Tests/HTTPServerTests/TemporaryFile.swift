import Glibc

/// A file that is removed when it goes out of scope.
final class TemporaryFile: Sendable {
    let path: String

    init(_ bytes: [UInt8]) {
        var template = Array("/tmp/bonded-http-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        close(descriptor)
    }

    deinit {
        unlink(path)
    }

    func open() -> Int32 { Glibc.open(path, O_RDONLY | O_CLOEXEC) }

    var contents: [UInt8] {
        let descriptor = open()
        defer { close(descriptor) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(descriptor, &buffer, buffer.count), count > 0 { all += buffer[..<count] }
        return all
    }

    /// Bytes without a short period, so that a shifted part shows.
    static func pattern(_ count: Int) -> [UInt8] {
        var state: UInt64 = 88_172_645_463_325_252
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }
}

/// A figure of this process from /proc, in bytes (`VmRSS`) or as it is (`Threads`).
func processStatus(_ name: String) -> Int {
    let descriptor = open("/proc/self/status", O_RDONLY)
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    let count = read(descriptor, &buffer, buffer.count)
    for line in String(decoding: buffer[..<max(0, count)], as: UTF8.self).split(separator: "\n")
    where line.hasPrefix("\(name):") {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return (Int(words[1]) ?? 0) * (words.count > 2 ? 1024 : 1)
    }
    return 0
}

import CCurl
import Foundation

/// A connection of libcurl's, opened when it is first used and again whenever the other side has closed it.
///
/// `@unchecked Sendable`: one thread at a time has it, between `HTTPClient`'s taking it from its idle ones and putting
/// it back.
final class Connection: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    /// The file that `$SSL_CERT_FILE` names, which libcurl itself does not look at.
    private static let certificates = ProcessInfo.processInfo.environment["SSL_CERT_FILE"].flatMap {
        $0.isEmpty ? nil : $0
    }
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// - Throws: `HTTPClientError.unreachable` where there is no memory for one.
    init() throws(HTTPClientError) {
        guard Self.isReady, let handle = curl_easy_init() else {
            throw .unreachable(address: "anything", reason: "libcurl cannot be used")
        }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    /// - Throws: `HTTPClientError`, what the exchange's sink throws. The connection is not to be used again then.
    func perform(
        _ request: HTTPClient.Request, _ exchange: Exchange, _ patience: HTTPClient.Patience,
        credentials: String?
    ) throws -> HTTPClient.Answer {
        curl_easy_reset(handle)  // keeps the connection
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) + [("Expect", "")] {
            headers = curl_slist_append(headers, value.isEmpty ? "\(name):" : "\(name): \(value)") ?? headers
        }
        bonded_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers)
        bonded_curl_set_text(handle, CURLOPT_URL, request.address.absoluteString)
        if let credentials { bonded_curl_set_text(handle, CURLOPT_USERPWD, credentials) }
        bonded_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        bonded_curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        // An empty text offers everything libcurl can decompress. A file's own bytes are asked for as they are.
        let encoding = exchange.received == nil ? "" : "identity"
        bonded_curl_set_text(handle, CURLOPT_ACCEPT_ENCODING, encoding)
        // Servers that take the name of an archive for its encoding label it as compressed.
        if exchange.received != nil { bonded_curl_set_number(handle, CURLOPT_HTTP_CONTENT_DECODING, 0) }
        bonded_curl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, patience.connecting.wholeSeconds * 1000)
        bonded_curl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, patience.minimumRate)
        bonded_curl_set_number(handle, CURLOPT_LOW_SPEED_TIME, patience.stalled.wholeSeconds)
        if let certificates = Self.certificates {
            bonded_curl_set_text(handle, CURLOPT_CAINFO, certificates)
        }
        bonded_curl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        let file = try prepareBody(of: request, exchange)
        defer { try? file?.close() }
        return try withExtendedLifetime(exchange) { try run(exchange, patience) }
    }

    private func prepareBody(
        of request: HTTPClient.Request, _ exchange: Exchange
    ) throws(HTTPClientError) -> FileHandle? {
        switch request.body {
        case .none: return nil
        case .bytes(let bytes):
            bonded_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, bytes.count)
            bytes.withUnsafeBytes {
                // Copied; libcurl takes a null pointer for a body that it has to ask for.
                _ = bonded_curl_set_pointer(
                    handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
            }
            return nil
        case .file(let url):
            guard let file = try? FileHandle(forReadingFrom: url),
                let size = try? file.seekToEnd(), (try? file.seek(toOffset: 0)) != nil
            else { throw .unreachable(address: exchange.address, reason: "\(url.path) cannot be read") }
            exchange.upload = file.fileDescriptor
            bonded_curl_set_number(handle, CURLOPT_POST, 1)
            bonded_curl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, Int(clamping: size))
            return file
        }
    }

    private func run(_ exchange: Exchange, _ patience: HTTPClient.Patience) throws -> HTTPClient.Answer {
        let context = Context(handle: handle, exchange: exchange)
        let pointer = Unmanaged.passUnretained(context).toOpaque()
        bonded_curl_set_pointer(handle, CURLOPT_WRITEDATA, pointer)
        bonded_curl_set_transfer(handle, CURLOPT_WRITEFUNCTION, Context.receive)
        bonded_curl_set_pointer(handle, CURLOPT_READDATA, pointer)
        bonded_curl_set_transfer(handle, CURLOPT_READFUNCTION, Context.send)
        bonded_curl_set_pointer(handle, CURLOPT_SEEKDATA, pointer)
        bonded_curl_set_seek(handle, Context.seek)
        if exchange.sent != nil {
            bonded_curl_set_pointer(handle, CURLOPT_XFERINFODATA, pointer)
            bonded_curl_set_progress(handle, Context.progress)
            bonded_curl_set_number(handle, CURLOPT_NOPROGRESS, 0)
        }
        var reason = [CChar](repeating: 0, count: Int(CURL_ERROR_SIZE))
        let result = reason.withUnsafeMutableBytes { buffer in
            bonded_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, buffer.baseAddress)
            defer { bonded_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, nil) }
            return withExtendedLifetime(context) { curl_easy_perform(handle) }
        }
        if let failure = exchange.failure { throw failure }
        guard result == CURLE_OK else {
            let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if result == CURLE_OPERATION_TIMEDOUT, text.hasPrefix("Operation too slow") {
                throw HTTPClientError.tooSlow(
                    address: exchange.address, seconds: patience.stalled.wholeSeconds)
            }
            throw HTTPClientError.unreachable(
                address: exchange.address,
                reason: text.isEmpty ? String(cString: curl_easy_strerror(result)) : text)
        }
        return HTTPClient.Answer(
            status: context.status, mediaType: mediaType, date: date, body: exchange.body)
    }

    private var mediaType: String? {
        field("Content-Type")?.split(separator: ";").first.map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
    }

    private var date: Int? { field("Date").map { curl_getdate($0, nil) }.flatMap { $0 < 0 ? nil : $0 } }

    private func field(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK else {
            return nil
        }
        return header.map { String(cString: $0.pointee.value) }
    }
}

extension Duration {
    /// Rounded up, ≥ 1: libcurl takes 0 for no limit, or for its own.
    fileprivate var wholeSeconds: Int { max(1, Int((self / .seconds(1)).rounded(.up))) }
}

/// What libcurl's callbacks are given.
private final class Context {
    let handle: UnsafeMutableRawPointer
    let exchange: Exchange

    init(handle: UnsafeMutableRawPointer, exchange: Exchange) {
        self.handle = handle
        self.exchange = exchange
    }

    var status: Int {
        var status = 0
        bonded_curl_status(handle, &status)
        return status
    }

    static func of(_ pointer: UnsafeMutableRawPointer?) -> Context? {
        pointer.map { Unmanaged<Context>.fromOpaque($0).takeUnretainedValue() }
    }

    static let receive:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
            bytes, size, count, pointer in
            guard let context = of(pointer) else { return 0 }
            let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return context.exchange.take(piece, status: context.status) ? piece.count : 0
        }

    static let send:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int = {
            buffer, size, count, pointer in
            guard let context = of(pointer), let buffer, context.exchange.upload >= 0 else { return 0 }
            let got = read(context.exchange.upload, buffer, size * count)
            return got < 0 ? Int(CURL_READFUNC_ABORT) : got
        }

    static let seek: @convention(c) (UnsafeMutableRawPointer?, curl_off_t, Int32) -> Int32 = {
        pointer, offset, origin in
        guard let upload = of(pointer)?.exchange.upload, upload >= 0 else { return CURL_SEEKFUNC_FAIL }
        return lseek(upload, offset, origin) < 0 ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK
    }

    static let progress:
        @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32 = {
            pointer, _, _, _, sent in
            of(pointer)?.exchange.sent?(Int(sent))
            return 0
        }
}

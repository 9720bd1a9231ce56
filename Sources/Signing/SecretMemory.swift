import CSodium

/// Bytes that must not leak: outside the heap, locked against swapping, between guard pages, left out of
/// core dumps, zeroed when the last reference goes.
///
/// Written once, while it is made; read-only from then on.
///
/// Unchecked `Sendable`: the pages are made read-only before `init` returns, so that readers on any thread share
/// constant bytes.
final class SecretMemory: @unchecked Sendable {
    private let start: UnsafeMutablePointer<UInt8>
    let count: Int

    /// Allocates `count` bytes (≥ 1), lets `fill` write them, then makes them read-only.
    ///
    /// - Throws: `.outOfMemory`, `.cryptographyFailed`, or what `fill` throws; the memory is then zeroed and freed.
    init(
        count: Int, fill: (_ start: UnsafeMutablePointer<UInt8>) throws(SigningError) -> Void
    ) throws(SigningError) {
        guard Self.libraryIsReady else { throw .cryptographyFailed("sodium_init") }
        guard count >= 1, let memory = sodium_malloc(count) else { throw .outOfMemory(bytes: count) }
        let start = memory.bindMemory(to: UInt8.self, capacity: count)
        do {
            start.initialize(repeating: 0, count: count)
            try fill(start)
        } catch {
            sodium_free(start)
            throw error
        }
        guard sodium_mprotect_readonly(start) == 0 else {
            sodium_free(start)
            throw .cryptographyFailed("sodium_mprotect_readonly")
        }
        self.start = start
        self.count = count
    }

    deinit {
        sodium_free(start)
    }

    /// Lends the bytes for the length of `body`; the pointer must not outlive it.
    func withBytes<Result, Failure: Error>(
        _ body: (_ start: UnsafePointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(start)
    }

    /// Copies the first `count` bytes, which are no secret, out of the locked memory.
    func copy(first count: Int) -> [UInt8] {
        Array(UnsafeBufferPointer(start: start, count: min(count, self.count)))
    }

    /// Whether libsodium has started; it starts once per process and may be asked from any thread.
    private static let libraryIsReady: Bool = sodium_init() >= 0
}

/// Bytes from the system's random source, for salts and nonces.
func randomBytes(count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return bytes
}

import Foundation
package import TUF

/// An Ed25519 key that an `ssh-agent` holds.
///
/// - Source: draft-miller-ssh-agent; RFC 8709 for keys and signatures.
package struct AgentSigner: Signer {
    package let publicKey: PublicKey
    private let socket: String
    private let identity: [UInt8]

    /// - Parameters:
    ///   - socket: where the agent listens, as `SSH_AUTH_SOCK` says.
    ///   - selector: the key's comment or its `SHA256:…` fingerprint; nil where it has one Ed25519 key only.
    /// - Throws: `.signerFailed`.
    package init(socket: String, selector: String?) throws(SigningError) {
        let answer = try AgentConnection(socket).ask(11, expecting: 12)
        var fields = AgentFields(answer)
        guard let count = fields.number(), count <= 1_000 else {
            throw Self.failure("its list of keys is broken")
        }
        var found: [(identity: [UInt8], key: PublicKey)] = []
        for _ in 0..<count {
            guard let identity = fields.string(), let comment = fields.string() else {
                throw Self.failure("its list of keys is broken")
            }
            var parts = AgentFields(identity)
            guard parts.string() == Self.keyType, let raw = parts.string(),
                let key = try? PublicKey.ed25519(raw)
            else { continue }
            let fingerprint = Data(Digest.sha256(identity)).base64EncodedString().prefix { $0 != "=" }
            let names = [String(decoding: comment, as: UTF8.self), "SHA256:\(fingerprint)"]
            if let selector, !names.contains(selector) { continue }
            found.append((identity, key))
        }
        guard let only = found.first else {
            throw Self.failure("it holds no Ed25519 key" + (selector.map { " named '\($0)'" } ?? ""))
        }
        guard found.count == 1 else {
            throw Self.failure(
                "it holds several: say which with ssh-agent:SHA256:… (`ssh-add -l` lists them)")
        }
        self.socket = socket
        identity = only.identity
        publicKey = only.key
    }

    /// - Throws: `.signerFailed`, also for a signature that is not this key's.
    package func sign(_ message: [UInt8]) throws(SigningError) -> Signature {
        guard message.count < Self.maxMessageBytes else {
            throw Self.failure(
                "agents sign up to 256 KiB, and this has \(message.count) bytes: use another key")
        }
        let request = AgentFields.string(identity) + AgentFields.string(message) + [0, 0, 0, 0]
        var answer = AgentFields(try AgentConnection(socket).ask(13, request, expecting: 14))
        guard let blob = answer.string() else { throw Self.failure("its signature is broken") }
        var parts = AgentFields(blob)
        guard parts.string() == Self.keyType, let bytes = parts.string(),
            publicKey.verifies(bytes, over: message)
        else { throw Self.failure("what it made is no signature of the key") }
        return Signature(keyID: publicKey.id, bytes: bytes)
    }

    /// OpenSSH's agent takes requests of 256 KiB.
    private static let maxMessageBytes = 255 * 1024
    private static let keyType = Array("ssh-ed25519".utf8)

    static func failure(_ reason: String) -> SigningError { .signerFailed("ssh-agent", reason) }
}

/// The length-prefixed fields of the agent's messages.
struct AgentFields {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func number() -> Int? {
        guard rest.count >= 4 else { return nil }
        defer { rest = rest.dropFirst(4) }
        return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }

    mutating func string() -> [UInt8]? {
        guard let count = number(), count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    static func string(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }

    static func number(_ count: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
    }
}

/// One question to the agent.
struct AgentConnection {
    private let path: String

    /// An agent may ask its user before it signs.
    private static let patience = Duration.seconds(60)
    private static let maxAnswerBytes = 256 * 1024

    init(_ path: String) { self.path = path }

    /// - Returns: the answer without its type.
    func ask(_ type: UInt8, _ body: [UInt8] = [], expecting: UInt8) throws(SigningError) -> [UInt8] {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw AgentSigner.failure(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + Self.patience
        var patience = timeval(tv_sec: Int(Self.patience.components.seconds), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        try connect(descriptor)
        try send(AgentFields.number(body.count + 1) + [type] + body, to: descriptor)
        var head = AgentFields(try receive(4, from: descriptor, until: deadline))
        guard let count = head.number(), (1...Self.maxAnswerBytes).contains(count) else {
            throw AgentSigner.failure("its answer has an impossible length")
        }
        let answer = try receive(count, from: descriptor, until: deadline)
        guard answer[0] == expecting else { throw AgentSigner.failure("it refuses") }
        return Array(answer.dropFirst())
    }

    private func connect(_ descriptor: Int32) throws(SigningError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard name.count < room.count else { return false }
            room.copyBytes(from: name)
            return true
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard fits, result == 0 else {
            throw AgentSigner.failure(
                "\(path): \(fits ? String(cString: strerror(errno)) : "too long a path")")
        }
    }

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(SigningError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw AgentSigner.failure(String(cString: strerror(errno))) }
            rest = rest.dropFirst(count)
        }
    }

    private func receive(
        _ count: Int, from descriptor: Int32, until deadline: ContinuousClock.Instant
    ) throws(SigningError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress! + filled, count - filled, 0)
            }
            if got < 0 && errno == EINTR { continue }
            guard ContinuousClock.now < deadline else { throw AgentSigner.failure("it takes too long") }
            guard got > 0 else {
                throw AgentSigner.failure(got == 0 ? "it hung up" : String(cString: strerror(errno)))
            }
            filled += got
        }
        return bytes
    }
}

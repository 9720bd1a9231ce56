import Foundation
package import TUF

/// A key that an external program holds, in hardware or far away: the program gets the bytes on standard input and
/// writes the signature (64 bytes, raw, in hexadecimal or base64) to standard output.
package struct ProgramSigner: Signer {
    package let publicKey: PublicKey
    private let command: String

    /// - Parameter command: for `/bin/sh -c`.
    package init(command: String, publicKey: PublicKey) {
        self.command = command
        self.publicKey = publicKey
    }

    /// - Throws: `.signerFailed`, also for a signature that is not this key's.
    package func sign(_ message: [UInt8]) throws(SigningError) -> Signature {
        guard let output = try run(with: message) else {
            throw .signerFailed(Self.name, "it cannot be run")
        }
        guard let bytes = Self.signature(in: output), publicKey.verifies(bytes, over: message) else {
            throw .signerFailed(Self.name, "what it wrote is no signature of the key")
        }
        return Signature(keyID: publicKey.id, bytes: bytes)
    }

    private func run(with message: [UInt8]) throws(SigningError) -> [UInt8]? {
        // A file rather than a pipe: nothing has to be written while the program writes.
        var template = Array((NSTemporaryDirectory() + "/seal-XXXXXX").utf8CString)
        let input = FileHandle(fileDescriptor: mkstemp(&template), closeOnDealloc: true)
        guard input.fileDescriptor >= 0 else { return nil }
        unlink(template)
        let process = Process()
        let output = Pipe()
        do {
            try input.write(contentsOf: Data(message))
            try input.seek(toOffset: 0)
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", command]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
        } catch { return nil }
        let written = try? output.fileHandleForReading.read(upToCount: 4096)
        try? output.fileHandleForReading.close()
        process.waitUntilExit()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let kind = process.terminationReason == .exit ? "status" : "signal"
            throw .signerFailed(Self.name, "it ends with \(kind) \(process.terminationStatus)")
        }
        return Array(written ?? Data())
    }

    private static func signature(in output: [UInt8]) -> [UInt8]? {
        if output.count == signatureBytes { return output }
        let text = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let bytes = Hex.decode(text.lowercased()) ?? Data(base64Encoded: text).map { Array($0) }
        return bytes?.count == signatureBytes ? bytes : nil
    }

    private static let signatureBytes = 64
    /// The command itself may hold a PIN.
    private static let name = "the signing program"
}

package import TUF

/// A private key that can sign, wherever it lives.
package protocol Signer: Sendable {
    /// The public half; its ID names the signatures.
    var publicKey: PublicKey { get }

    /// Signs exactly these bytes (the canonical bytes of `signed`, for TUF metadata).
    func sign(_ message: [UInt8]) throws(SigningError) -> Signature
}

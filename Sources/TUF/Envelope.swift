package import CanonicalJSON

/// A metadata document with its signatures.
///
/// - Shape: `{"signatures": […], "signed": …}`; one signature at most for each key ID.
/// - Source: TUF §4.2.1.
package struct Envelope<Payload: MetadataPayload>: Hashable, Sendable {
    package let payload: Payload
    package let signatures: [Signature]
    /// What the signatures are over: the canonical bytes of `signed` as it was received, unknown members
    /// included.
    package let signedBytes: [UInt8]
    /// Members beside `signed` and `signatures`; nothing vouches for them.
    package let unrecognized: JSONObject

    /// Reads a document. This says nothing yet about who signed it.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - limits: what JSON to allow.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(MetadataError) {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONValue(parsing: bytes, limits: limits)
        } catch { throw .malformedJSON(error) }
        var fields = try Fields(json, field: "envelope")
        let signed = try fields.object("signed")
        var signatures: [Signature] = []
        for element in try fields.array("signatures") { signatures.append(try Signature(json: element)) }
        var seen: Set<KeyID> = []
        for signature in signatures where !seen.insert(signature.keyID).inserted {
            throw .duplicateSignature(signature.keyID)
        }
        payload = try Payload(json: signed)
        signedBytes = signed.canonicalBytes()
        self.signatures = signatures
        unrecognized = fields.unrecognized
    }

    /// Signs a document.
    ///
    /// - Parameters:
    ///   - payload: the document.
    ///   - sign: makes the signatures over the bytes it is given.
    package init<Failure: Error>(
        signing payload: Payload, with sign: ([UInt8]) throws(Failure) -> [Signature]
    ) throws(Failure) {
        let signedBytes = payload.json.canonicalBytes()
        self.init(
            payload: payload, signatures: try sign(signedBytes), signedBytes: signedBytes, unrecognized: [:])
    }

    /// A document that nobody has signed yet.
    package init(unsigned payload: Payload) {
        self.init(
            payload: payload, signatures: [], signedBytes: payload.json.canonicalBytes(), unrecognized: [:])
    }

    private init(payload: Payload, signatures: [Signature], signedBytes: [UInt8], unrecognized: JSONObject) {
        self.payload = payload
        self.signatures = signatures
        self.signedBytes = signedBytes
        self.unrecognized = unrecognized
    }

    /// The file: compact JSON text, equal to the canonical form wherever that is JSON (a PEM key has line ends,
    /// which JSON must escape and canonical JSON must not).
    package func encoded() -> [UInt8] {
        let members = unrecognized.merging([
            "signatures": .array(signatures.map { .object($0.json) }), "signed": .null,
        ])
        var bytes: [UInt8] = []
        bytes.reserveCapacity(signedBytes.count + 64 + signatures.count * 256)
        for member in members {
            bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
            bytes.append(contentsOf: JSONValue.string(member.key).canonicalBytes())
            bytes.append(UInt8(ascii: ":"))
            bytes.append(contentsOf: member.key == "signed" ? signedBytes : member.value.canonicalBytes())
        }
        bytes.append(UInt8(ascii: "}"))
        return JSONText.fromCanonical(bytes)
    }

    /// This document with one more signature, which replaces an earlier one of the same key ID.
    package func adding(_ signature: Signature) -> Envelope {
        Envelope(
            payload: payload, signatures: signatures.filter { $0.keyID != signature.keyID } + [signature],
            signedBytes: signedBytes, unrecognized: unrecognized)
    }
}

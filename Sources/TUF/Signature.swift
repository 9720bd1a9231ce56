package import CanonicalJSON

/// One signature of an envelope.
///
/// - Shape: `{"keyid": hex, "sig": hex}`. An empty `sig` is the place of a signature not made yet.
/// - Source: TUF §4.2.1.
package struct Signature: Hashable, Sendable {
    package let keyID: KeyID
    package let bytes: [UInt8]
    package let unrecognized: JSONObject

    package init(keyID: KeyID, bytes: [UInt8], unrecognized: JSONObject = [:]) {
        self.keyID = keyID
        self.bytes = bytes
        self.unrecognized = unrecognized
    }

    /// - Throws: `.malformedKeyID`, `.malformedSignature` where it is not hexadecimal.
    package init(json: JSONValue) throws(MetadataError) {
        var fields = try Fields(json, field: "signatures")
        keyID = try KeyID(try fields.string("keyid"))
        guard let bytes = Hex.decode(try fields.string("sig")) else { throw .malformedSignature(keyID) }
        self.bytes = bytes
        unrecognized = fields.unrecognized
    }

    package var json: JSONObject {
        unrecognized.merging(["keyid": .string(keyID.hex), "sig": .string(Hex.encode(bytes))])
    }
}

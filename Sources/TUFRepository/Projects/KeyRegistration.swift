package import CanonicalJSON
package import TUF

/// A public key on its way into an account, with the proof that its owner holds the private half.
///
/// - Shape: `{"account", "key": a TUF key object, "label", "proof": {"keyid", "sig"}, "endorsement": …}`. Proof and
///   endorsement sign the same statement; the endorsement by a key that the account has registered already
///   (PEP 480, "Automated Signing Solution", step 3).
package struct KeyRegistration: Hashable, Sendable {
    package let publicKey: PublicKey
    package let account: String
    /// What the key is called among people; 1…100 characters.
    package let label: String
    package let proof: Signature
    package let endorsement: Signature?

    package init(
        publicKey: PublicKey, account: String, label: String, proof: Signature, endorsement: Signature?
    ) {
        self.publicKey = publicKey
        self.account = account
        self.label = label
        self.proof = proof
        self.endorsement = endorsement
    }

    package init(json: JSONValue) throws(TransactionRefusal) {
        let fields = try WireFields(
            json, allowing: ["account", "key", "label", "proof", "endorsement"], check: .key)
        do {
            publicKey = try PublicKey(json: try fields.object("key"))
            proof = try Signature(json: try fields.required("proof"))
            endorsement = try fields["endorsement"].map { try Signature(json: $0) }
        } catch let refusal as TransactionRefusal {
            throw refusal
        } catch {
            throw TransactionRefusal(.key, "The key or a signature cannot be read: \(error).")
        }
        account = try fields.string("account")
        label = try fields.string("label")
    }

    package var json: JSONObject {
        var object = JSONObject([
            ("account", .string(account)), ("key", .object(publicKey.json)), ("label", .string(label)),
            ("proof", .object(proof.json)),
        ])
        if let endorsement { object["endorsement"] = .object(endorsement.json) }
        return object
    }

    /// What proof and endorsement sign.
    package static func statement(account: String, label: String, publicKey: PublicKey) -> [UInt8] {
        JSONValue.object(
            JSONObject([
                ("_type", "bonded-key-registration"), ("account", .string(account)),
                ("label", .string(label)),
                ("key", .object(publicKey.json)),
            ])
        ).canonicalBytes()
    }

    /// - Throws: `.key` where the key is of another kind, or its owner does not prove to hold it.
    package func checkProof() throws(TransactionRefusal) {
        guard publicKey.isPlainEd25519 else {
            throw TransactionRefusal(.key, value: publicKey.keyType, "Maintainers' keys are Ed25519 keys.")
        }
        let hasControls = label.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard (1...100).contains(label.count), !hasControls else {
            throw TransactionRefusal(.key, value: "label", "A label has 1 to 100 printable characters.")
        }
        guard proof.keyID == publicKey.id, publicKey.verifies(proof.bytes, over: statement) else {
            throw TransactionRefusal(
                .key, value: publicKey.id.hex,
                "The proof of possession does not verify: sign with the key itself.")
        }
    }

    /// Which of the account's keys vouches for this one.
    package func endorser(among registered: [PublicKey]) -> PublicKey? {
        guard let endorsement else { return nil }
        return registered.first {
            $0.id == endorsement.keyID && $0.verifies(endorsement.bytes, over: statement)
        }
    }

    private var statement: [UInt8] {
        Self.statement(account: account, label: label, publicKey: publicKey)
    }
}

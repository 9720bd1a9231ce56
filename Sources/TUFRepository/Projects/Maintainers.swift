package import CanonicalJSON
package import TUF

/// Who may sign for a project: keys, the account behind each, and how many must sign.
///
/// - Shape: `{"keys": {keyid: {"account": text, "key": a TUF key object}}, "threshold": n}`. A project's metadata
///   carries it in its signed part, so that the maintainers themselves sign for every change of it.
/// - Source: PEP 480, "End-to-End Signing".
package struct Maintainers: Hashable, Sendable {
    package struct Key: Hashable, Sendable {
        package let publicKey: PublicKey
        /// The account that the key is registered to.
        package let account: String

        package init(publicKey: PublicKey, account: String) {
            self.publicKey = publicKey
            self.account = account
        }
    }

    /// What a threshold counts.
    package enum Counting: String, Hashable, Sendable, CaseIterable {
        /// One maintainer's several machines count once.
        case accounts
        case keys
    }

    /// In order of key ID, each once, not empty.
    package let keys: [Key]
    package let threshold: Int
    /// What a delegation to these maintainers says of keys and threshold.
    package let roleKeys: RoleKeys

    /// Our own limit: a delegation with more would be too large for `recently-claimed`.
    package static let maxKeys = 64
    /// The member of a project's signed metadata.
    package static let field = "x-bonded-maintainers"

    /// - Throws: `.maintainers` for a threshold that cannot be reached, a key listed twice, another key type.
    package init(keys: [Key], threshold: Int) throws(TransactionRefusal) {
        guard (1...Self.maxKeys).contains(keys.count) else {
            throw TransactionRefusal(
                .maintainers, value: "\(keys.count)", "A project has 1 to \(Self.maxKeys) keys.")
        }
        guard (1...keys.count).contains(threshold) else {
            throw TransactionRefusal(
                .maintainers, value: "\(threshold)",
                "A threshold of \(threshold) cannot be reached by \(keys.count) keys.")
        }
        var seen: Set<KeyID> = []
        for key in keys {
            guard key.publicKey.isPlainEd25519 else {
                throw TransactionRefusal(
                    .maintainers, value: key.publicKey.id.hex, "Projects are signed with Ed25519 keys.")
            }
            guard seen.insert(key.publicKey.id).inserted else {
                throw TransactionRefusal(
                    .maintainers, value: key.publicKey.id.hex, "A key is listed more than once.")
            }
        }
        self.keys = keys.sorted { $0.publicKey.id < $1.publicKey.id }
        self.threshold = threshold
        do {
            roleKeys = try RoleKeys(keyIDs: self.keys.map(\.publicKey.id), threshold: threshold)
        } catch {
            throw TransactionRefusal(.maintainers, "The keys are not usable: \(error).")
        }
    }

    package init(json: JSONValue) throws(TransactionRefusal) {
        let fields = try WireFields(json, allowing: ["keys", "threshold"], check: .maintainers)
        var keys: [Key] = []
        for (id, value) in try fields.object("keys").members {
            let entry = try WireFields(value, allowing: ["account", "key"], check: .maintainers)
            let publicKey: PublicKey
            do {
                publicKey = try PublicKey(json: try entry.object("key"))
            } catch {
                throw TransactionRefusal(.maintainers, value: id, "The key is not usable: \(error).")
            }
            guard publicKey.id.hex == id else {
                throw TransactionRefusal(.maintainers, value: id, "The key ID is not that of the key.")
            }
            keys.append(Key(publicKey: publicKey, account: try entry.string("account")))
        }
        try self.init(keys: keys, threshold: try fields.integer("threshold"))
    }

    package var json: JSONObject {
        let entries = keys.map { key in
            (
                key.publicKey.id.hex,
                JSONValue.object(
                    JSONObject([("account", .string(key.account)), ("key", .object(key.publicKey.json))]))
            )
        }
        return JSONObject([("keys", .object(JSONObject(entries))), ("threshold", .integer(threshold))])
    }

    package var accounts: Set<String> { Set(keys.map(\.account)) }

    package func account(of id: KeyID) -> String? {
        keys.first { $0.publicKey.id == id }?.account
    }

    /// How far signatures can go towards the threshold if these keys do not sign.
    package func most(without keys: Set<KeyID>, counting: Counting) -> Int {
        let left = self.keys.filter { !keys.contains($0.publicKey.id) }
        return switch counting {
        case .accounts: Set(left.map(\.account)).count
        case .keys: left.count
        }
    }

    package var publicKeys: [KeyID: PublicKey] {
        Dictionary(keys.map { ($0.publicKey.id, $0.publicKey) }, uniquingKeysWith: { first, _ in first })
    }

    /// How far these signatures go towards the threshold. Goes through the keys listed here and looks signatures
    /// up, so that each key counts once.
    package func standing(
        of signatures: [Signature], over message: [UInt8], counting: Counting
    ) -> Standing {
        let signed = roleKeys.verify(signatures, over: message, keys: publicKeys)
        let count =
            switch counting {
            case .accounts: Set(signed.compactMap(account(of:))).count
            case .keys: signed.count
            }
        return Standing(signed: signed.sorted(), count: count, threshold: threshold)
    }
}

/// How far signatures go towards a threshold.
package struct Standing: Hashable, Sendable {
    /// Keys with a valid signature, in order.
    package let signed: [KeyID]
    /// Accounts or keys that count.
    package let count: Int
    package let threshold: Int

    package var isReached: Bool { count >= threshold }

    package init(signed: [KeyID], count: Int, threshold: Int) {
        self.signed = signed
        self.count = count
        self.threshold = threshold
    }
}

extension PublicKey {
    /// Whether this is an Ed25519 key without any further field. One key then has one ID, and cannot be listed or
    /// registered twice under two.
    package var isPlainEd25519: Bool {
        guard let raw = value.flatMap(Hex.decode), let plain = try? PublicKey.ed25519(raw) else {
            return false
        }
        return plain == self
    }
}

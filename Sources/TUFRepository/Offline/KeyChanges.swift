package import CanonicalJSON
package import TUF

/// Other keys and thresholds for roles.
package struct KeyChanges: Hashable, Sendable {
    package var add: [RoleName: [PublicKey]] = [:]
    package var remove: [RoleName: [KeyID]] = [:]
    package var thresholds: [RoleName: Int] = [:]

    package init() {}

    /// - Throws: ``TransactionRefusal`` `.draft` for another shape; `MetadataError` for a key or role name that is none.
    package init(json: JSONValue) throws {
        let fields = try WireFields(json, allowing: ["add", "remove", "thresholds"])
        for (name, list) in try fields.optionalObject("add").members {
            add[try RoleName(name)] = try Self.elements(list).map { try PublicKey(json: try Self.object($0)) }
        }
        for (name, list) in try fields.optionalObject("remove").members {
            remove[try RoleName(name)] = try Self.elements(list).map { element in
                guard let text = element.string else { throw Self.wrongType }
                return try KeyID(text)
            }
        }
        for (name, number) in try fields.optionalObject("thresholds").members {
            guard let threshold = number.integer else { throw Self.wrongType }
            thresholds[try RoleName(name)] = threshold
        }
    }

    private static func elements(_ value: JSONValue) throws(TransactionRefusal) -> [JSONValue] {
        guard let elements = value.array else { throw wrongType }
        return elements
    }

    private static func object(_ value: JSONValue) throws(TransactionRefusal) -> JSONObject {
        guard let object = value.object else { throw wrongType }
        return object
    }

    private static let wrongType = TransactionRefusal(
        .draft, "Changes of keys are lists of keys, of key IDs, and numbers, by role.")

    var json: JSONObject {
        [
            "add": .object(JSONObject(add.map { ($0.key.text, .array($0.value.map { .object($0.json) })) })),
            "remove": .object(
                JSONObject(remove.map { ($0.key.text, .array($0.value.map { .string($0.hex) })) })),
            "thresholds": .object(JSONObject(thresholds.map { ($0.key.text, .integer($0.value)) })),
        ]
    }

    package var roles: Set<RoleName> { Set(add.keys).union(remove.keys).union(thresholds.keys) }

    /// - Throws: ``TransactionRefusal`` `.draft` for a role that is none of these.
    func require(only known: [RoleName], of delegator: String) throws {
        for role in roles.sorted() where !known.contains(role) {
            throw TransactionRefusal(
                .draft, value: role.text, "\(delegator) does not name the keys of '\(role)'.")
        }
    }

    /// The keys of a role after these changes.
    ///
    /// - Throws: ``TransactionRefusal`` `.delegation` for what would lock out whoever signs it: a threshold that its
    ///   keys cannot reach, a key that is there already or is not there.
    func keys(of role: RoleName, now old: RoleKeys) throws -> RoleKeys {
        var ids = old.keyIDs
        for id in remove[role] ?? [] {
            guard let position = ids.firstIndex(of: id) else {
                throw Self.refusal(role, id.hex, "Key \(id.hex) does not sign '\(role)'.")
            }
            ids.remove(at: position)
        }
        for key in add[role] ?? [] {
            guard !ids.contains(key.id) else {
                throw Self.refusal(role, key.id.hex, "Key \(key.id.hex) signs '\(role)' already.")
            }
            ids.append(key.id)
        }
        let threshold = thresholds[role] ?? old.threshold
        guard (1...max(ids.count, 1)).contains(threshold), !ids.isEmpty else {
            throw Self.refusal(
                role, "\(threshold)",
                "'\(role)' would need \(threshold) signatures of \(ids.count) keys, and nobody could sign it again."
            )
        }
        return try RoleKeys(keyIDs: ids, threshold: threshold, unrecognized: old.unrecognized)
    }

    /// A table of keys with those that are added, less those that no role uses.
    func table(_ old: [KeyID: PublicKey], usedBy roles: some Sequence<RoleKeys>) -> [KeyID: PublicKey] {
        var keys = old
        for key in add.values.joined() { keys[key.id] = key }
        let used = Set(roles.flatMap(\.keyIDs))
        return keys.filter { used.contains($0.key) }
    }

    private static func refusal(_ role: RoleName, _ value: String, _ detail: String) -> TransactionRefusal {
        TransactionRefusal(.delegation, role: role.text, value: value, detail)
    }
}

/// For people, what becomes of a role's keys, a line for each change.
func describe(_ role: RoleName, from old: RoleKeys, to new: RoleKeys) -> [String] {
    var lines = new.keyIDs.filter { !old.keyIDs.contains($0) }.map { "adds     key \($0.hex) to \(role)" }
    lines += old.keyIDs.filter { !new.keyIDs.contains($0) }.map { "removes  key \($0.hex) from \(role)" }
    if old.threshold != new.threshold {
        lines.append("signers  of \(role): \(old.threshold) -> \(new.threshold)")
    }
    if new != old, new.keyIDs.count > 1, new.threshold == new.keyIDs.count {
        lines.append("warning  all \(new.keyIDs.count) keys of \(role) must sign: losing one locks it")
    }
    return lines
}

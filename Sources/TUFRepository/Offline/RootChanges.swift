import CanonicalJSON
package import TUF

/// Other keys and thresholds for the roles that root itself names.
package struct RootChanges: Hashable, Sendable {
    package var add: [RoleName: [PublicKey]] = [:]
    package var remove: [RoleName: [KeyID]] = [:]
    package var thresholds: [RoleName: Int] = [:]

    package init() {}

    init(json: JSONValue) throws {
        let fields = try WireFields(json, allowing: ["add", "remove", "thresholds"])
        for (name, list) in try fields.object("add").members {
            add[try Self.role(name)] = try (list.array ?? []).map { try PublicKey(json: $0.object ?? [:]) }
        }
        for (name, list) in try fields.object("remove").members {
            remove[try Self.role(name)] = try (list.array ?? []).map { try KeyID($0.string ?? "") }
        }
        for (name, number) in try fields.object("thresholds").members {
            thresholds[try Self.role(name)] = number.integer
        }
    }

    var json: JSONObject {
        [
            "add": .object(JSONObject(add.map { ($0.key.text, .array($0.value.map { .object($0.json) })) })),
            "remove": .object(
                JSONObject(remove.map { ($0.key.text, .array($0.value.map { .string($0.hex) })) })),
            "thresholds": .object(JSONObject(thresholds.map { ($0.key.text, .integer($0.value)) })),
        ]
    }

    /// The root after these changes.
    ///
    /// - Throws: ``TransactionRefusal`` `.delegation` for what would lock out whoever signs a role: a threshold that
    ///   its keys cannot reach, a key that is there already or is not there; `MetadataError`.
    func applied(to root: Root, expires: MetadataTime) throws -> Root {
        var keys = root.keys
        var roles = root.roles
        for name in RoleName.topLevel {
            guard let old = root.roles[name] else { continue }
            var ids = old.keyIDs
            for id in remove[name] ?? [] {
                guard let position = ids.firstIndex(of: id) else {
                    throw Self.refusal(name, id.hex, "Key \(id.hex) does not sign '\(name)'.")
                }
                ids.remove(at: position)
            }
            for key in add[name] ?? [] {
                guard !ids.contains(key.id) else {
                    throw Self.refusal(name, key.id.hex, "Key \(key.id.hex) signs '\(name)' already.")
                }
                ids.append(key.id)
                keys[key.id] = key
            }
            let threshold = thresholds[name] ?? old.threshold
            guard (1...max(ids.count, 1)).contains(threshold), !ids.isEmpty else {
                throw Self.refusal(
                    name, "\(threshold)",
                    "'\(name)' would need \(threshold) signatures of \(ids.count) keys, and nobody could sign it again."
                )
            }
            roles[name] = try RoleKeys(
                keyIDs: ids, threshold: threshold, unrecognized: old.unrecognized)
        }
        let (version, overflow) = root.version.addingReportingOverflow(1)
        guard !overflow else { throw MetadataError.versionNotPositive(version) }
        let used = Set(roles.values.flatMap(\.keyIDs))
        return try Root(
            version: version, expires: expires, keys: keys.filter { used.contains($0.key) },
            roles: roles, consistentSnapshot: root.consistentSnapshot, unrecognized: root.unrecognized)
    }

    private static func role(_ name: String) throws -> RoleName {
        guard let role = RoleName.topLevel.first(where: { $0.text == name }) else {
            throw TransactionRefusal(.draft, value: name, "Root does not name the keys of '\(name)'.")
        }
        return role
    }

    private static func refusal(_ role: RoleName, _ value: String, _ detail: String) -> TransactionRefusal {
        TransactionRefusal(.delegation, role: role.text, value: value, detail)
    }
}

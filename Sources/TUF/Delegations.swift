package import CanonicalJSON

/// Whom a targets role trusts with which paths: roles in order of priority, or succinct hash bins.
///
/// - Source: TUF §4.5 DELEGATIONS, TAP 15.
package struct Delegations: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case roles([DelegatedRole])
        case succinct(SuccinctRoles)
    }

    package let keys: [KeyID: PublicKey]
    package let kind: Kind
    package let unrecognized: JSONObject
    /// Where each role stands in `roles`.
    private let positions: [RoleName: Int]

    /// - Throws: `.duplicateRole`, `.duplicatePublicKey`.
    package init(
        keys: [KeyID: PublicKey], kind: Kind, unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        var positions: [RoleName: Int] = [:]
        switch kind {
        case .roles(let roles):
            for (position, role) in roles.enumerated() {
                guard positions.updateValue(position, forKey: role.name) == nil else {
                    throw .duplicateRole(role.name)
                }
                try role.keys.requireDistinctKeys(keys)
            }
        case .succinct(let succinct):
            try succinct.keys.requireDistinctKeys(keys)
        }
        self.keys = keys
        self.kind = kind
        self.unrecognized = unrecognized
        self.positions = positions
    }

    package init(
        keys: [KeyID: PublicKey], roles: [DelegatedRole], unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        try self.init(keys: keys, kind: .roles(roles), unrecognized: unrecognized)
    }

    package init(
        keys: [KeyID: PublicKey], succinct: SuccinctRoles, unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        try self.init(keys: keys, kind: .succinct(succinct), unrecognized: unrecognized)
    }

    init(json: JSONValue) throws(MetadataError) {
        var fields = try Fields(json, field: "delegations")
        let keys = try KeyTable.read(try fields.object("keys"))
        let kind: Kind
        switch (fields.optional("roles"), fields.optional("succinct_roles")) {
        case (.some(let value), .none):
            guard let elements = value.array else { throw .wrongFieldType("roles") }
            var roles: [DelegatedRole] = []
            for element in elements { roles.append(try DelegatedRole(json: element)) }
            kind = .roles(roles)
        case (.none, .some(let value)):
            kind = .succinct(try SuccinctRoles(json: value))
        case (.none, .none), (.some, .some):
            throw .ambiguousDelegations
        }
        try self.init(keys: keys, kind: kind, unrecognized: fields.unrecognized)
    }

    package var json: JSONObject {
        var object = unrecognized
        object["keys"] = KeyTable.json(keys)
        switch kind {
        case .roles(let roles): object["roles"] = .array(roles.map { .object($0.json) })
        case .succinct(let succinct): object["succinct_roles"] = .object(succinct.json)
        }
        return object
    }

    /// The delegated roles in order of priority; empty where there are bins.
    package var roles: [DelegatedRole] {
        if case .roles(let roles) = kind { roles } else { [] }
    }

    /// The hash bins, where there are any.
    package var succinct: SuccinctRoles? {
        if case .succinct(let succinct) = kind { succinct } else { nil }
    }

    /// The keys of a delegated role or bin; nil where `role` is neither.
    package func roleKeys(of role: RoleName) -> RoleKeys? {
        switch kind {
        case .roles(let roles): positions[role].map { roles[$0].keys }
        case .succinct(let succinct): succinct.contains(role) ? succinct.keys : nil
        }
    }

    /// The roles that are trusted with `path`, in order of priority, up to the first that is terminating.
    ///
    /// - Returns: the names, and whether the last of them is terminating.
    package func rolesCovering(_ path: TargetPath) -> (names: [RoleName], terminating: Bool) {
        switch kind {
        case .succinct(let succinct):
            return ([succinct.role(for: path)], true)
        case .roles(let roles):
            let split = SplitPath(path)
            var names: [RoleName] = []
            for role in roles where role.covers(split) {
                names.append(role.name)
                if role.terminating { return (names, true) }
            }
            return (names, false)
        }
    }
}

extension Delegations {
    /// - Parameters:
    ///   - role: a role these delegations name.
    ///   - envelope: its document.
    ///   - delegator: whose delegations these are, for the error.
    /// - Throws: `.notDelegated` for another role, `.belowThreshold` where too few of its keys have signed.
    package func requireThreshold(
        of role: RoleName, on envelope: Envelope<Targets>, delegator: RoleName
    ) throws(MetadataError) {
        guard let roleKeys = roleKeys(of: role) else { throw .notDelegated(role, by: delegator) }
        try roleKeys.requireThreshold(of: role, envelope.signatures, over: envelope.signedBytes, keys: keys)
    }
}

package import TUF

/// Metadata that several people sign, each on a machine of their own, and the signatures made so far.
package protocol JointlySigned: Sendable {
    /// What is to be signed.
    var roles: [RoleName: UnsignedRole] { get }
    var signatures: [RoleName: [Signature]] { get set }
}

/// Whose signatures a role needs.
package struct RoleAuthority: Hashable, Sendable {
    /// Among people: "the keys of claimed".
    package let name: String
    package let keys: RoleKeys
    package let publicKeys: [KeyID: PublicKey]

    package init(name: String, keys: RoleKeys, publicKeys: [KeyID: PublicKey]) {
        self.name = name
        self.keys = keys
        self.publicKeys = publicKeys
    }
}

/// Metadata to be signed, and by whom: by each authority's threshold.
package struct UnsignedRole: Hashable, Sendable {
    package enum Document: Hashable, Sendable {
        case root(Envelope<Root>)
        case targets(Envelope<Targets>)
    }

    package let document: Document
    package let authorities: [RoleAuthority]

    package init(document: Document, authorities: [RoleAuthority]) {
        self.document = document
        self.authorities = authorities
    }

    package var version: Int {
        switch document {
        case .root(let envelope): envelope.payload.version
        case .targets(let envelope): envelope.payload.version
        }
    }

    package var expires: MetadataTime {
        switch document {
        case .root(let envelope): envelope.payload.expires
        case .targets(let envelope): envelope.payload.expires
        }
    }

    package var signedBytes: [UInt8] {
        switch document {
        case .root(let envelope): envelope.signedBytes
        case .targets(let envelope): envelope.signedBytes
        }
    }

    /// The keys of an authority that have signed, in order.
    func signers(of authority: RoleAuthority, _ signatures: [Signature]) -> [KeyID] {
        authority.keys.verify(signatures, over: signedBytes, keys: authority.publicKeys).sorted()
    }

    func encoded(with signatures: [Signature]) -> [UInt8] {
        switch document {
        case .root(let envelope): signatures.reduce(envelope) { $0.adding($1) }.encoded()
        case .targets(let envelope): signatures.reduce(envelope) { $0.adding($1) }.encoded()
        }
    }
}

extension JointlySigned {
    /// For each role and authority, which keys have signed and how many must.
    package var standings: [(role: RoleName, authority: RoleAuthority, signed: [KeyID])] {
        roles.sorted { $0.key < $1.key }.flatMap { name, role in
            role.authorities.map { (name, $0, role.signers(of: $0, signatures[name] ?? [])) }
        }
    }

    package var isComplete: Bool {
        standings.allSatisfy { $0.signed.count >= $0.authority.keys.threshold }
    }

    /// Every key that has signed something that counts.
    package var signers: Set<KeyID> { Set(standings.flatMap(\.signed)) }

    /// For people, how far the signatures go, a line for each authority that differs.
    package var progress: [String] {
        var lines: [String] = []
        for (_, authority, signed) in standings {
            let line = "\(signed.count) of \(authority.keys.threshold) of \(authority.name) have signed"
            if !lines.contains(line) { lines.append(line) }
        }
        return lines
    }

    /// Why a signature adds nothing to this draft, for people; nil where it does.
    package func fault(of signature: Signature, on role: RoleName) -> String? {
        let key = "Key \(signature.keyID.hex)"
        guard let unsigned = roles[role] else { return "The draft does not sign '\(role)'." }
        let authorities = unsigned.authorities.filter { $0.keys.keyIDs.contains(signature.keyID) }
        guard !authorities.isEmpty else {
            return "\(key) does not sign '\(role)': it was never named, or was taken off the role."
        }
        guard !authorities.contains(where: { unsigned.signers(of: $0, [signature]).isEmpty }) else {
            return "The signature of \(key) is not over version \(unsigned.version) of '\(role)' as drafted."
        }
        let hasSigned = authorities.contains {
            unsigned.signers(of: $0, signatures[role] ?? []).contains(signature.keyID)
        }
        return hasSigned ? "\(key) has signed '\(role)' already." : nil
    }

    /// For people, what is signed, a line for each role.
    var signedLines: [String] {
        roles.sorted { $0.key < $1.key }.map { name, role in
            "signs    \(name) version \(role.version), good until \(role.expires)"
        }
    }

    /// With these signatures too; one of a key takes the place of an earlier one.
    package func adding(_ new: [RoleName: [Signature]]) -> Self {
        var next = self
        for (role, made) in new {
            let keyIDs = Set(made.map(\.keyID))
            next.signatures[role] =
                (next.signatures[role] ?? []).filter { !keyIDs.contains($0.keyID) } + made
        }
        return next
    }

    /// What a key is asked to sign.
    package func messages(for key: KeyID) -> [RoleName: [UInt8]] {
        roles.filter { $0.value.authorities.contains { $0.keys.keyIDs.contains(key) } }
            .mapValues(\.signedBytes)
    }

    /// The metadata with its signatures, in order of the roles' names.
    ///
    /// - Throws: ``TransactionRefusal`` `.threshold` where too few have signed, `.expired`.
    package func signedRoles(now: MetadataTime) throws(TransactionRefusal) -> [SignedRole] {
        guard isComplete else {
            throw TransactionRefusal(.threshold, progress.joined(separator: "; ") + ".")
        }
        if let expired = roles.first(where: { $0.value.expires <= now }) {
            throw TransactionRefusal(
                .expired, role: expired.key.text, value: expired.value.expires.description,
                "The draft has expired; make another.")
        }
        return roles.sorted { $0.key < $1.key }.map { name, role in
            let valid = Set(role.authorities.flatMap { role.signers(of: $0, signatures[name] ?? []) })
            let counting = (signatures[name] ?? []).filter { valid.contains($0.keyID) }
            return SignedRole(
                name: name, version: role.version, expires: role.expires,
                bytes: role.encoded(with: counting))
        }
    }
}

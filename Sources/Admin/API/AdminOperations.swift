import CanonicalJSON
import HTTPMessage
import HTTPServer
import TUF
import TUFRepository
import Warehouse
import WarehouseWeb

/// What administrators may ask for over HTTP. `bonded admin …` does the same through the same calls.
extension AdminSite {
    func makeOperations() -> [AdminOperation] {
        [
            roles, claims, offline, offlineRoot, offlineTargets, offlineClaims, signatures, drop, snapshot,
            confirmation, accounts, tokens, newToken, tokenRevocation, keys, keyRevocation, role, roleVersion,
            delegations, bulletins, newBulletin, bulletinChange, bulletinWithdrawal, projectStatus, rotation,
            recoveryBeginning, recovery,
        ]
    }

    private var roles: AdminOperation {
        AdminOperation(
            method: .get, path: "roles", summary: "Every role: version, expiry, keys, what to worry about.",
            query: [("days", ["type": "integer", "minimum": 0, "maximum": 3650])],
            answer: (
                200, OpenAPI.object([("roles", OpenAPI.list(of: ["type": "object"]))], required: ["roles"])
            ),
            refusals: [400]
        ) { [site] call in
            let given = try call.query["days"].map { text throws(TransactionRefusal) in
                guard let number = Int(text) else { return JSONValue.string(text) }
                return .integer(number)
            }
            let days = try call.integer(given, "days", in: 0...3650, otherwise: 45)
            let roles = try await site.warehouse.roles(
                now: site.now(), notice: .seconds(days * 86_400))
            return .json(.ok, ["roles": .array(roles.map(\.document))])
        }
    }

    private var claims: AdminOperation {
        AdminOperation(
            method: .get, path: "claims", summary: "The claimed projects that wait for the next `claimed`.",
            answer: (
                200, OpenAPI.object([("claims", OpenAPI.list(of: ["type": "object"]))], required: ["claims"])
            )
        ) { [site] _ in
            let waiting = try await site.warehouse.waitingClaims()
            return .json(.ok, ["claims": .array(waiting.map(\.document))])
        }
    }

    private var offline: AdminOperation {
        AdminOperation(
            method: .get, path: "offline",
            summary: "The draft of offline metadata that is out: who has signed, who is missing.",
            answer: (200, Self.draftSchema), refusals: [404]
        ) { [site] _ in
            guard let draft = try await site.warehouse.offlineDraft() else {
                throw TransactionRefusal(.notFound, "No draft is out.")
            }
            return .json(.ok, try draft.document())
        }
    }

    private var offlineRoot: AdminOperation {
        AdminOperation(
            method: .post, path: "offline/root",
            summary: "Draft the next root, with other keys or thresholds, or renewed as it is.",
            body: OpenAPI.object([("changes", Self.changesSchema), ("days", Self.daysSchema)]),
            answer: (201, Self.draftSchema), refusals: [400, 409, 413, 422]
        ) { [site] call in
            let members = try call.members(allowing: ["changes", "days"])
            let days = try call.integer(members["days"], "days", in: 1...3650, otherwise: 365)
            let draft = try await site.warehouse.draftRoot(
                try KeyChanges(json: members["changes"] ?? .object([:])),
                expires: site.now().advanced(bySeconds: days * 86_400))
            return .json(Status(201), try draft.document())
        }
    }

    private var offlineTargets: AdminOperation {
        AdminOperation(
            method: .post, path: "offline/targets",
            summary: "Draft other keys for what targets delegates to, another number of bins, or a renewal.",
            body: OpenAPI.object([
                ("changes", Self.changesSchema),
                (
                    "renew",
                    OpenAPI.list(of: ["type": "string", "enum": ["targets", "claimed", "unclaimed"]])
                ),
                ("bin_bit_length", ["type": "integer", "minimum": 1, "maximum": 16]),
                ("days", Self.daysSchema),
            ]),
            answer: (201, Self.draftSchema), refusals: [400, 409, 413, 422]
        ) { [site] call in
            let members = try call.members(allowing: ["changes", "renew", "bin_bit_length", "days"])
            let days = try call.integer(members["days"], "days", in: 1...1095, otherwise: 365)
            var bits: Int?
            if let value = members["bin_bit_length"] {
                bits = try call.integer(value, "bin_bit_length", in: 1...16, otherwise: 1)
            }
            let draft = try await site.warehouse.draftTargets(
                try KeyChanges(json: members["changes"] ?? .object([:])),
                renew: try Self.renewals(members["renew"]), binBitLength: bits,
                expires: site.now().advanced(bySeconds: days * 86_400))
            return .json(Status(201), try draft.document())
        }
    }

    private var offlineClaims: AdminOperation {
        AdminOperation(
            method: .post, path: "offline/claims",
            summary: "Draft the next claimed: every project that waits moves there.",
            body: OpenAPI.object([("days", Self.daysSchema), ("withdraw", OpenAPI.list(of: OpenAPI.text))]),
            answer: (201, Self.draftSchema), refusals: [400, 404, 409, 413, 422]
        ) { [site] call in
            let members = try call.members(allowing: ["days", "withdraw"])
            let days = try call.integer(members["days"], "days", in: 1...1095, otherwise: 365)
            let draft = try await site.warehouse.draftClaims(
                withdrawing: Set(try call.projects(members["withdraw"], "withdraw")),
                expires: site.now().advanced(bySeconds: days * 86_400),
                shardSize: site.claims.projectsPerRole)
            return .json(Status(201), try draft.document())
        }
    }

    private var signatures: AdminOperation {
        let signature = OpenAPI.object(
            [("keyid", OpenAPI.keyID), ("sig", ["type": "string", "pattern": "^([0-9a-f]{2})+$"])],
            required: ["keyid", "sig"])
        return AdminOperation(
            method: .post, path: "offline/signatures",
            summary: "Add signatures to the draft that is out; with enough of them it is published.",
            body: OpenAPI.object(
                [("signatures", OpenAPI.byRole(OpenAPI.list(of: signature)))], required: ["signatures"]),
            answer: (200, Self.draftSchema), refusals: [400, 404, 413, 422]
        ) { [site] call in
            var signatures: [RoleName: [Signature]] = [:]
            guard let byRole = try call.members(allowing: ["signatures"])["signatures"]?.object else {
                throw TransactionRefusal(
                    .draft, value: "signatures", "The member 'signatures' must be an object.")
            }
            for (role, list) in byRole.members {
                guard let list = list.array else {
                    throw TransactionRefusal(.draft, value: role, "Signatures come in a list for each role.")
                }
                signatures[try RoleName(role)] = try list.map { try Signature(json: $0) }
            }
            let made = signatures
            let publication = try await OfflinePublication(in: site.warehouse, within: site.patience) {
                try await site.warehouse.signOffline(made, now: site.now())
            }
            return .json(.ok, try publication.draft.document(snapshot: publication.snapshot))
        }
    }

    private var drop: AdminOperation {
        AdminOperation(
            method: .delete, path: "offline", summary: "Give up the draft that is out.", answer: (204, nil),
            refusals: [404]
        ) { [site] _ in
            try await site.warehouse.dropOffline()
            return Response(.noContent)
        }
    }

    private var snapshot: AdminOperation {
        AdminOperation(
            method: .post, path: "snapshot",
            summary: "Have snapshot and timestamp signed anew now, or everything that is signed online.",
            body: OpenAPI.object([("everything", ["type": "boolean"])]),
            answer: (
                200,
                OpenAPI.object([("snapshot", ["type": ["integer", "null"]])], required: ["snapshot"])
            ), refusals: [400, 413]
        ) { [site] call in
            let everything = try call.members(allowing: ["everything"])["everything"] ?? false
            guard let everything = everything.bool else {
                throw TransactionRefusal(.draft, value: "everything", "'everything' must be true or false.")
            }
            let version = try await site.warehouse.renew(
                everything ? .everything : .snapshot, within: site.patience)
            return .json(.ok, ["snapshot": version.map { .integer($0) } ?? .null])
        }
    }

    private var confirmation: AdminOperation {
        AdminOperation(
            method: .post, path: "keys/{keyid}/confirmation",
            summary: "Let a maintainer's key count that no earlier key of the account endorses.",
            answer: (204, nil), refusals: [400, 404]
        ) { [site] call in
            try await site.warehouse.confirmKey(
                try KeyID(call.parameters["keyid"] ?? ""), by: call.account)
            return Response(.noContent)
        }
    }

    private static func renewals(_ value: JSONValue?) throws -> Set<RoleName> {
        guard let value else { return [] }
        guard let names = value.array else {
            throw TransactionRefusal(.draft, value: "renew", "The member 'renew' must be a list.")
        }
        return Set(
            try names.map { name in
                guard let role = TargetsDraft.renewable.first(where: { $0.text == name.string }) else {
                    throw TransactionRefusal(
                        .draft, value: "renew", "Only targets, claimed and unclaimed are renewed offline.")
                }
                return role
            })
    }

    static let daysSchema: JSONValue = ["type": "integer", "minimum": 1, "maximum": 1095]
    static let changesSchema = OpenAPI.object([
        ("add", OpenAPI.byRole(OpenAPI.list(of: ["type": "object"]))),
        ("remove", OpenAPI.byRole(OpenAPI.list(of: OpenAPI.keyID))),
        ("thresholds", OpenAPI.byRole(["type": "integer"])),
    ])
    private static let draftSchema: JSONValue = [
        "type": "object", "required": ["type", "complete", "changes", "roles", "signers", "file"],
        "properties": [
            "type": ["type": "string"], "complete": ["type": "boolean"],
            "snapshot": ["type": ["integer", "null"]],
            "changes": OpenAPI.list(of: OpenAPI.text),
            "roles": OpenAPI.list(of: ["type": "object"]), "signers": OpenAPI.list(of: ["type": "object"]),
            "file": ["type": "object"],
        ],
    ]
}

extension OfflineDraft {
    /// `changes` is for people, by the word of this index; `file` is what `seal sign` takes, which verifies it.
    func document(snapshot: Int? = nil) throws -> JSONValue {
        [
            "snapshot": snapshot.map { .integer($0) } ?? .null,
            "type": .string(Self.type), "complete": .bool(isComplete),
            "changes": .array(changes.map { .string($0) }),
            "roles": .array(
                roles.sorted { $0.key < $1.key }.map { name, role in
                    [
                        "role": .string(name.text), "version": .integer(role.version),
                        "expires": .string(role.expires.description),
                        "signed_bytes": .string(Hex.encode(role.signedBytes)),
                    ]
                }),
            "signers": .array(
                standings.map { role, authority, signed in
                    [
                        "role": .string(role.text), "authority": .string(authority.name),
                        "threshold": .integer(authority.keys.threshold),
                        "signed": .array(signed.map { .string($0.hex) }),
                        "missing": .array(
                            authority.keys.keyIDs.filter { !signed.contains($0) }.map { .string($0.hex) }),
                    ]
                }),
            "file": try JSONValue(parsing: encoded()),
        ]
    }
}

extension OfflineDraft {
    private var changes: [String] {
        do { return try review(trustedRoot: roots.first ?? []) } catch {
            return ["does not verify: \(error)"]
        }
    }
}

extension RoleStanding {
    fileprivate var document: JSONValue {
        [
            "name": .string(name), "version": .integer(version), "expires": .string(expires.description),
            "count": .integer(count), "offline": .bool(isOffline),
            "threshold": keys.map { .integer($0.threshold) } ?? .null,
            "keyids": .array((keys?.keyIDs ?? []).map { .string($0.hex) }),
            "concerns": .array(concerns.map { .string($0) }),
        ]
    }
}

extension WaitingClaim {
    fileprivate var document: JSONValue {
        [
            "project": .string(project), "maintainers": .object(maintainers.json), "new": .bool(isNew),
            "since": .string(since.description), "drafted": .bool(isDrafted),
        ]
    }
}

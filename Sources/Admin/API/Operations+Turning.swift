import CanonicalJSON
import HTTPMessage
import HTTPServer
import Signing
import TUF
import TUFRepository
import Warehouse
import WarehouseWeb

/// Rotations of online keys, and recoveries. Each call does what can be done now and says what is next.
extension AdminSite {
    var rotation: AdminOperation {
        AdminOperation(
            method: .post, path: "rotation",
            summary: "Begin to replace the keys of online roles, or go on; ask again until it is finished.",
            body: OpenAPI.object(
                [
                    ("roles", OpenAPI.list(of: ["type": "string", "enum": Self.onlineRoles])),
                    ("days", Self.daysSchema),
                ],
                required: ["roles"]),
            answer: (200, Self.stepSchema), refusals: [400, 409, 413, 422]
        ) { [site] call in
            let members = try call.members(allowing: ["roles", "days"])
            let names = try call.strings(members["roles"], "roles")
            let roles = Set(names.compactMap(OnlineRole.init))
            guard !roles.isEmpty, roles.count == Set(names).count else {
                throw TransactionRefusal(.draft, value: "roles", "Name one or more of the online roles.")
            }
            try await site.warehouse.beginRotation(of: roles)
            let standing = try await site.warehouse.advanceRotation(
                expires: try site.expiry(call, members["days"]))
            return .json(.ok, try standing?.step.document ?? ["step": "finished"])
        }
    }

    var recoveryBeginning: AdminOperation {
        AdminOperation(
            method: .post, path: "recovery",
            summary: "Begin to recover from stolen keys (PEP 480, \"In the Event of a Key Compromise\").",
            body: OpenAPI.object(
                [
                    ("compromised", OpenAPI.list(of: ["type": "string", "enum": Self.recoverableRoles])),
                    ("projects", OpenAPI.list(of: OpenAPI.text)),
                    ("leave", OpenAPI.list(of: ["type": "string", "enum": Self.recoverableRoles])),
                    ("changes", Self.changesSchema),
                    ("safe", OpenAPI.byRole(OpenAPI.list(of: OpenAPI.keyID))),
                    ("known_good", ["type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"]),
                    ("title", ["type": "string", "minLength": 1, "maxLength": .integer(Bulletin.maxTitle)]),
                    (
                        "bulletin",
                        ["type": "string", "minLength": 1, "maxLength": .integer(Bulletin.maxBodyBytes)]
                    ),
                ], required: ["compromised", "title", "bulletin"]),
            answer: (201, OpenAPI.record([("steps", OpenAPI.list(of: OpenAPI.text))])),
            refusals: [400, 404, 409, 413, 422]
        ) { [site] call in
            let request = try call.recoveryRequest()
            try await site.warehouse.beginRecovery(request, by: call.account)
            site.forgetPages()
            return .json(.created, ["steps": .array(request.plan.steps.map { .string($0) })])
        }
    }

    var recovery: AdminOperation {
        AdminOperation(
            method: .post, path: "recovery/advance",
            summary:
                "Go on with the recovery under way; ask again until it is finished. What takes the archive of the "
                + "last known good snapshot is done by `bonded recover` on the index's machine.",
            body: OpenAPI.object([("days", Self.daysSchema)]), answer: (200, Self.stepSchema),
            refusals: [400, 404, 409, 413, 422]
        ) { [site] call in
            let members = try call.members(allowing: ["days"])
            let expires = try site.expiry(call, members["days"])
            guard var standing = try await site.warehouse.advanceRecovery(expires: expires) else {
                throw TransactionRefusal(.notFound, "No recovery is under way.")
            }
            if case .restoring = standing.step, standing.stored.knownGood == nil {
                _ = try await site.warehouse.restore(fromArchive: nil, trustedRoot: []) { _, _ in }
                guard let next = try await site.warehouse.advanceRecovery(expires: expires) else {
                    throw TransactionRefusal(.notFound, "No recovery is under way.")
                }
                standing = next
            }
            site.forgetPages()
            return .json(.ok, try standing.step.document)
        }
    }

    private static let onlineRoles = JSONValue.array(OnlineRole.allCases.map { .string($0.rawValue) })
    private static let recoverableRoles = JSONValue.array(RecoveryPlan.roles.map { .string($0.text) })
    private static let stepSchema: JSONValue = [
        "type": "object", "required": ["step"],
        "properties": ["step": ["type": "string"], "draft": ["type": "object"]],
    ]
}

extension AdminCall {
    fileprivate func recoveryRequest() throws -> RecoveryRequest {
        let members = try members(allowing: [
            "compromised", "projects", "leave", "changes", "safe", "known_good", "title", "bulletin",
        ])
        let knownGood = members["known_good"]?.isNull == true ? nil : members["known_good"]
        let added = try KeyChanges(json: members["changes"] ?? .object([:]))
        guard added.remove.isEmpty else {
            throw TransactionRefusal(
                .draft, value: "remove", "All present keys go; name those that stay in 'safe'.")
        }
        let projects = try projects(members["projects"], "projects")
        return RecoveryRequest(
            plan: try RecoveryPlan(
                compromised: Set(strings(members["compromised"], "compromised").map { try RoleName($0) }),
                projects: projects,
                leaving: Set(strings(members["leave"], "leave").map { try RoleName($0) })),
            added: added,
            safe: try KeyChanges(json: ["remove": members["safe"] ?? .object([:])]).remove,
            knownGood: try knownGood.map { try text($0, "known_good") },
            title: try text(members["title"], "title"), bulletin: try text(members["bulletin"], "bulletin"))
    }
}

extension Site {
    fileprivate func expiry(_ call: AdminCall, _ days: JSONValue?) throws -> MetadataTime {
        let days = try call.integer(days, "days", in: 1...1095, otherwise: 365)
        return now().advanced(bySeconds: days * 86_400)
    }
}

extension RotationStanding.Step {
    fileprivate var document: JSONValue {
        get throws {
            switch self {
            case .makingKeys: ["step": "making keys"]
            case .signatures(let draft, _): ["step": "signatures", "draft": try draft.document()]
            case .publishing: ["step": "publishing"]
            case .overlapping: ["step": "overlapping"]
            case .finished: ["step": "finished"]
            }
        }
    }
}

extension RecoveryStanding.Step {
    fileprivate var document: JSONValue {
        get throws {
            switch self {
            case .restoring: ["step": "restoring"]
            case .makingKeys: ["step": "making keys"]
            case .signatures(let draft): ["step": "signatures", "draft": try draft.document()]
            case .publishing: ["step": "publishing"]
            case .signing: ["step": "signing"]
            case .finished: ["step": "finished"]
            }
        }
    }
}

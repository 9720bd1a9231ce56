import CanonicalJSON
import HTTPMessage
import HTTPServer
import Packaging
import TUF
import TUFRepository
import Warehouse
import WarehouseWeb

/// Roles' metadata as it is stored, and who delegates to whom.
extension AdminSite {
    var role: AdminOperation {
        AdminOperation(
            method: .get, path: "roles/{role}",
            summary: "A role's metadata, signed, and who has signed it.",
            answer: (200, Self.storedRoleSchema), refusals: [400, 404]
        ) { call in
            try await answer(call, version: nil)
        }
    }

    var roleVersion: AdminOperation {
        AdminOperation(
            method: .get, path: "roles/{role}/{version}",
            summary: "A version of a role's metadata, while it is kept; every version of root is.",
            answer: (200, Self.storedRoleSchema), refusals: [400, 404]
        ) { call in
            let text = call.parameters["version"] ?? ""
            guard let version = Int(text), version > 0, String(version) == text else {
                throw TransactionRefusal(.notFound, value: "version", "Versions are numbers from 1 on.")
            }
            return try await answer(call, version: version)
        }
    }

    var delegations: AdminOperation {
        AdminOperation(
            method: .get, path: "delegations",
            summary: "The delegations from root down; projects page by page, bins as one.",
            query: [
                ("after", ["type": "string"]), ("limit", ["type": "integer", "minimum": 1, "maximum": 1000]),
            ],
            answer: (
                200,
                OpenAPI.record([
                    ("root", Self.nodeSchema), ("projects", OpenAPI.list(of: Self.projectSchema)),
                    ("next", ["type": ["string", "null"]]),
                ])
            ), refusals: [400]
        ) { [site] call in
            let given = call.query["limit"].map { text in
                Int(text).map { JSONValue.integer($0) } ?? .string(text)
            }
            let limit = try call.integer(given, "limit", in: 1...1000, otherwise: 100)
            var after: String?
            if let name = call.query["after"] {
                guard let project = try? ProjectName(name) else {
                    throw TransactionRefusal(.draft, value: "after", "'after' must be a project's name.")
                }
                after = project.normalized
            }
            let tree = try await site.warehouse.delegationTree(after: after, limit: limit)
            return .json(
                .ok,
                [
                    "root": tree.root.document, "projects": .array(tree.projects.map(\.document)),
                    "next": tree.next.map { .string($0) } ?? .null,
                ])
        }
    }

    private func answer(_ call: AdminCall, version: Int?) async throws -> Response {
        let name = try RoleName(call.parameters["role"] ?? "")
        guard let stored = try await site.warehouse.storedRole(name, version: version) else {
            throw TransactionRefusal(
                .notFound, role: name.text, value: version.map { "\($0)" },
                version == nil ? "There is no such role." : "There is no such role, or version of it.")
        }
        return .json(.ok, try stored.document())
    }

    private static let storedRoleSchema = OpenAPI.record([
        ("role", OpenAPI.text), ("version", OpenAPI.count), ("expires", OpenAPI.time),
        ("current", ["type": "boolean"]), ("offline", ["type": "boolean"]),
        ("delegator", ["type": ["string", "null"]]), ("threshold", ["type": ["integer", "null"]]),
        ("signed_by", OpenAPI.list(of: OpenAPI.keyID)), ("missing", OpenAPI.list(of: OpenAPI.keyID)),
        ("metadata", ["type": "object", "required": ["signatures", "signed"]]),
    ])
    private static let delegationMembers: [(String, JSONValue)] = [
        ("role", OpenAPI.text), ("threshold", OpenAPI.count), ("keyids", OpenAPI.list(of: OpenAPI.keyID)),
        ("terminating", ["type": "boolean"]), ("paths", OpenAPI.list(of: OpenAPI.text)),
        ("path_hash_prefixes", OpenAPI.list(of: OpenAPI.text)),
    ]
    private static let projectSchema = OpenAPI.object(
        [("project", OpenAPI.text), ("delegator", OpenAPI.text)] + delegationMembers,
        required: ["project", "role", "delegator", "threshold", "keyids", "terminating", "paths"])
    /// Its children are nodes again.
    private static let nodeSchema = OpenAPI.object(
        delegationMembers + [
            (
                "bins",
                OpenAPI.record([("count", OpenAPI.count), ("name_prefix", OpenAPI.text)])
            ),
            ("projects", OpenAPI.count), ("children", OpenAPI.list(of: ["type": "object"])),
        ], required: ["role", "threshold", "keyids", "terminating", "projects", "children"])
}

extension StoredRole {
    fileprivate func document() throws -> JSONValue {
        [
            "role": .string(role.text), "version": .integer(version),
            "expires": .string(expires.description), "current": .bool(isCurrent),
            "offline": .bool(isOffline), "delegator": delegator.map { .string($0.text) } ?? .null,
            "threshold": keys.map { .integer($0.threshold) } ?? .null,
            "signed_by": .array(signedBy.map { .string($0.hex) }),
            "missing": .array(missing.map { .string($0.hex) }),
            "metadata": try JSONValue(parsing: bytes),
        ]
    }
}

extension DelegationTree.Node {
    fileprivate var document: JSONValue {
        var object: JSONObject = keys.delegation(paths: paths, terminating: terminating)
        object["role"] = .string(role)
        object["projects"] = .integer(projects)
        object["children"] = .array(children.map(\.document))
        object["bins"] = bins.map {
            ["count": .integer($0.binCount), "name_prefix": .string($0.namePrefix)]
        }
        return .object(object)
    }
}

extension DelegationTree.Project {
    fileprivate var document: JSONValue {
        var object: JSONObject = keys.delegation(paths: paths, terminating: terminating)
        object["project"] = .string(project)
        object["role"] = .string(role.text)
        object["delegator"] = .string(delegator.text)
        return .object(object)
    }
}

extension RoleKeys {
    fileprivate func delegation(paths: DelegatedRole.Paths?, terminating: Bool) -> JSONObject {
        var object: JSONObject = [
            "threshold": .integer(threshold), "keyids": .array(keyIDs.map { .string($0.hex) }),
            "terminating": .bool(terminating),
        ]
        switch paths {
        case .patterns(let patterns): object["paths"] = .array(patterns.map { .string($0.text) })
        case .hashPrefixes(let prefixes): object["path_hash_prefixes"] = .array(prefixes.map { .string($0) })
        case nil: break
        }
        return object
    }
}

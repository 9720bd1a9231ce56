import CanonicalJSON
import HTTPMessage
import HTTPServer
import TUF
import TUFRepository
import Warehouse
import WarehouseWeb

/// Maintainers' public keys.
extension AdminSite {
    var keys: AdminOperation {
        AdminOperation(
            method: .get, path: "keys",
            summary: "Every maintainer's key, or those of an account, with the projects that name it.",
            query: [("account", OpenAPI.accountName)],
            answer: (
                200,
                OpenAPI.listing(
                    "keys",
                    of: OpenAPI.record([
                        ("keyid", OpenAPI.keyID), ("account", OpenAPI.text), ("label", OpenAPI.text),
                        ("state", ["type": "string", "enum": ["waiting", "active", "retired"]]),
                        ("endorsed_by", ["anyOf": [OpenAPI.keyID, ["type": "null"]]]),
                        ("projects", OpenAPI.list(of: OpenAPI.text)),
                    ]))
            ), refusals: [400]
        ) { [site] call in
            let keys = try await site.warehouse.keys(ofAccount: try call.accountFilter())
            return .json(.ok, ["keys": .array(keys.map(\.document))])
        }
    }

    var keyRevocation: AdminOperation {
        AdminOperation(
            method: .delete, path: "keys/{keyid}",
            summary:
                "Take a maintainer's key out of use for good; the projects that this leaves below their threshold.",
            answer: (
                200,
                OpenAPI.listing(
                    "below_threshold",
                    of: OpenAPI.record([
                        ("project", OpenAPI.text), ("threshold", OpenAPI.count), ("left", OpenAPI.count),
                    ]))
            ), refusals: [400, 404]
        ) { [site] call in
            let stranded = try await site.warehouse.revokeKey(
                try KeyID(call.parameters["keyid"] ?? ""), by: call.account, counting: site.claims.counting)
            return .json(.ok, ["below_threshold": .array(stranded.map(\.document))])
        }
    }
}

extension KeyStanding {
    fileprivate var document: JSONValue {
        [
            "keyid": .string(key.publicKey.id.hex), "account": .string(key.account),
            "label": .string(key.label), "state": .string(key.state.rawValue),
            "endorsed_by": key.endorsedBy.map { .string($0.hex) } ?? .null,
            "projects": .array(projects.map { .string($0) }),
        ]
    }
}

extension StrandedProject {
    fileprivate var document: JSONValue {
        ["project": .string(project), "threshold": .integer(threshold), "left": .integer(left)]
    }
}

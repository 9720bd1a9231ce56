import CanonicalJSON
import HTTPMessage
import HTTPServer
import TUF
import TUFRepository
import Warehouse
import WarehouseWeb

/// Accounts and their tokens.
extension AdminSite {
    var accounts: AdminOperation {
        AdminOperation(
            method: .get, path: "accounts", summary: "Every account, with what it has in use.",
            answer: (
                200,
                OpenAPI.listing(
                    "accounts",
                    of: OpenAPI.record([
                        ("name", OpenAPI.text), ("created", OpenAPI.time), ("tokens", OpenAPI.count),
                        ("keys", OpenAPI.count), ("projects", OpenAPI.count),
                    ]))
            )
        ) { [site] _ in
            let accounts = try await site.warehouse.accounts()
            return .json(.ok, ["accounts": .array(accounts.map(\.document))])
        }
    }

    var tokens: AdminOperation {
        AdminOperation(
            method: .get, path: "tokens", summary: "Every token, or those of an account; not their secrets.",
            query: [("account", OpenAPI.accountName)],
            answer: (
                200,
                OpenAPI.listing(
                    "tokens",
                    of: OpenAPI.record([
                        ("id", OpenAPI.text), ("account", OpenAPI.text), ("scope", OpenAPI.scope),
                        ("label", OpenAPI.text), ("created", OpenAPI.time),
                        ("expires", OpenAPI.timeOrNull), ("revoked", OpenAPI.timeOrNull),
                    ]))
            ), refusals: [400]
        ) { [site] call in
            let tokens = try await site.warehouse.tokens(of: try call.accountFilter())
            return .json(.ok, ["tokens": .array(tokens.map(\.document))])
        }
    }

    var newToken: AdminOperation {
        AdminOperation(
            method: .post, path: "tokens",
            summary:
                "Make a token, and its account where that is new. The secret is shown in this answer alone.",
            body: OpenAPI.object(
                [
                    ("account", OpenAPI.accountName), ("scope", OpenAPI.scope),
                    ("label", ["type": "string", "maxLength": .integer(Warehouse.maxTokenLabel)]),
                    ("days", ["type": "integer", "minimum": 1, "maximum": 36_500]),
                ], required: ["account"]),
            answer: (
                201,
                OpenAPI.record([
                    ("id", OpenAPI.text), ("account", OpenAPI.text), ("token", OpenAPI.text),
                ])
            ), refusals: [400, 413]
        ) { [site] call in
            let members = try call.members(allowing: ["account", "scope", "label", "days"])
            let account = try call.text(members["account"], "account")
            let scope = try members["scope"].map { value throws(TransactionRefusal) in
                guard let scope = value.string.flatMap(TokenScope.init(rawValue:)) else {
                    throw TransactionRefusal(.draft, value: "scope", "A scope is 'upload' or 'admin'.")
                }
                return scope
            }
            var days: Int?
            if let value = members["days"] {
                days = try call.integer(value, "days", in: 1...36_500, otherwise: 1)
            }
            do {
                let token = try await site.warehouse.createToken(
                    account: account, scope: scope ?? .upload,
                    label: try members["label"].map { try call.text($0, "label") } ?? "",
                    lifetime: days.map { .seconds($0 * 86_400) }, by: call.account)
                return .json(
                    .created,
                    [
                        "id": .string(token.id), "account": .string(account),
                        "token": .string(token.text),
                    ])
            } catch let error as WarehouseError {
                switch error {
                case .accountNameInvalid, .tokenLabelInvalid:
                    throw TransactionRefusal(.draft, error.description)
                default: throw error
                }
            }
        }
    }

    var tokenRevocation: AdminOperation {
        AdminOperation(
            method: .delete, path: "tokens/{token}", summary: "Make a token worthless from now on.",
            answer: (204, nil), refusals: [404]
        ) { [site] call in
            let id = call.parameters["token"] ?? ""
            do {
                try await site.warehouse.revokeToken(id: id, by: call.account)
            } catch WarehouseError.tokenUnknown {
                throw TransactionRefusal(.notFound, value: id, "No token of this identifier is in use.")
            }
            return Response(.noContent)
        }
    }
}

extension AdminCall {
    /// - Throws: ``TransactionRefusal`` `.draft` for what cannot be an account.
    func accountFilter() throws(TransactionRefusal) -> String? {
        guard let account = query["account"] else { return nil }
        guard Warehouse.isAccountName(account) else {
            throw TransactionRefusal(.draft, value: "account", "This cannot be an account's name.")
        }
        return account
    }
}

extension AccountSummary {
    fileprivate var document: JSONValue {
        [
            "name": .string(name), "created": .string(createdAt.description), "tokens": .integer(tokens),
            "keys": .integer(keys), "projects": .integer(projects),
        ]
    }
}

extension TokenSummary {
    fileprivate var document: JSONValue {
        [
            "id": .string(id), "account": .string(account), "scope": .string(scope.rawValue),
            "label": .string(label), "created": .string(createdAt.description),
            "expires": expiresAt.map { .string($0.description) } ?? .null,
            "revoked": revokedAt.map { .string($0.description) } ?? .null,
        ]
    }
}

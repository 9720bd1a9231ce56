import CanonicalJSON
import Packaging
import TUF
import TUFRepository
import Warehouse

extension StoredDraft {
    /// A draft as `/api/v1/drafts/<id>` shows it: all that it takes to check it and to sign it.
    var document: JSONValue {
        var object: JSONObject = [
            "id": .integer(id), "project": .string(project.normalized), "state": .string(state.rawValue),
            "account": .string(account), "drafted_at": .string(draftedAt.description),
            "expires_at": .string(expiresAt.description), "version": .integer(draft.targets.version),
            "signed": .object(draft.targets.json),
            "pages": [
                "index.html": .string(String(decoding: draft.html, as: UTF8.self)),
                "index.json": .string(String(decoding: draft.json, as: UTF8.self)),
            ],
            "changes": .object(changes.json),
            "signatures": .array(
                signatures.map { signed in
                    var object = signed.signature.json
                    object["account"] = .string(signed.account)
                    return .object(object)
                }),
            "missing_files": .array(missingFiles.map { .string($0) }),
            "signed_by": .integer(standing.count), "threshold": .integer(standing.threshold),
        ]
        object["in_force"] = inForce.map { .object($0.json) } ?? .null
        object["snapshot"] = snapshot.map { .integer($0) } ?? .null
        return .object(object)
    }
}

extension ProjectStanding {
    var document: JSONValue {
        var object: JSONObject = [
            "project": .string(project.normalized),
            "state": .string(delegator.map { $0 == "recently-claimed" ? $0 : "claimed" } ?? "unclaimed"),
        ]
        object["role"] = delegator == nil ? .null : .string("project-\(project.normalized)")
        object["delegator"] = delegator.map { .string($0) } ?? .null
        object["version"] = version.map { .integer($0) } ?? .null
        object["expires"] = expires.map { .string($0.description) } ?? .null
        object["maintainers"] = maintainers.map { .object($0.json) } ?? .null
        object["wanted"] = wanted.map { .object($0.json) } ?? .null
        object["draft"] = draft.map { .integer($0) } ?? .null
        return .object(object)
    }
}

extension RegisteredKey {
    var document: JSONValue {
        [
            "keyid": .string(publicKey.id.hex), "label": .string(label), "state": .string(state.rawValue),
            "key": .object(publicKey.json),
        ]
    }
}

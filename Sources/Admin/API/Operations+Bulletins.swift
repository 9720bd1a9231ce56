import CanonicalJSON
import HTTPMessage
import HTTPServer
import TUF
import TUFRepository
import Warehouse
import WarehouseWeb

/// Security bulletins, which everyone reads at `/security/`.
extension AdminSite {
    var bulletins: AdminOperation {
        AdminOperation(
            method: .get, path: "bulletins", summary: "Every security bulletin, newest first.",
            answer: (
                200,
                OpenAPI.listing("bulletins", of: Self.bulletinSchema)
            )
        ) { [site] _ in
            let bulletins = try await site.warehouse.bulletins()
            return .json(.ok, ["bulletins": .array(bulletins.map(\.document))])
        }
    }

    var newBulletin: AdminOperation {
        AdminOperation(
            method: .post, path: "bulletins", summary: "Publish a security bulletin, in plain text.",
            body: Self.bulletinBody, answer: (201, Self.bulletinSchema), refusals: [400, 413]
        ) { [site] call in
            let (title, body) = try call.bulletin()
            let bulletin = try await site.warehouse.postBulletin(title: title, body: body, by: call.account)
            site.forgetPages()
            return .json(.created, bulletin.document)
        }
    }

    var bulletinChange: AdminOperation {
        AdminOperation(
            method: .put, path: "bulletins/{bulletin}",
            summary: "Give a security bulletin another title and text.",
            body: Self.bulletinBody, answer: (200, Self.bulletinSchema), refusals: [400, 404, 413]
        ) { [site] call in
            let id = try call.bulletinID()
            let (title, body) = try call.bulletin()
            let bulletin = try await site.warehouse.changeBulletin(
                id: id, title: title, body: body, by: call.account)
            site.forgetPages()
            return .json(.ok, bulletin.document)
        }
    }

    var bulletinWithdrawal: AdminOperation {
        AdminOperation(
            method: .delete, path: "bulletins/{bulletin}", summary: "Withdraw a security bulletin.",
            answer: (204, nil), refusals: [404]
        ) { [site] call in
            try await site.warehouse.withdrawBulletin(id: try call.bulletinID(), by: call.account)
            site.forgetPages()
            return Response(.noContent)
        }
    }

    private static let bulletinBody = OpenAPI.object(
        [
            ("title", ["type": "string", "minLength": 1, "maxLength": .integer(Bulletin.maxTitle)]),
            ("body", ["type": "string", "minLength": 1, "maxLength": .integer(Bulletin.maxBodyBytes)]),
        ], required: ["title", "body"])
    private static let bulletinSchema = OpenAPI.record([
        ("id", OpenAPI.count), ("title", OpenAPI.text), ("body", OpenAPI.text),
        ("published", OpenAPI.time), ("updated", OpenAPI.time), ("path", OpenAPI.text),
    ])
}

extension AdminCall {
    fileprivate func bulletinID() throws(TransactionRefusal) -> Int {
        let text = parameters["bulletin"] ?? ""
        guard let id = Int(text), id > 0, String(id) == text else {
            throw TransactionRefusal(.notFound, value: "id", "Bulletins have numbers from 1 on.")
        }
        return id
    }

    fileprivate func bulletin() throws(TransactionRefusal) -> (title: String, body: String) {
        let members = try members(allowing: ["title", "body"])
        return (try text(members["title"], "title"), try text(members["body"], "body"))
    }
}

extension Bulletin {
    fileprivate var document: JSONValue {
        [
            "id": .integer(id), "title": .string(title), "body": .string(body),
            "published": .string(publishedAt.description), "updated": .string(updatedAt.description),
            "path": .string("/security/\(id)/"),
        ]
    }
}

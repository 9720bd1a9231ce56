package import CanonicalJSON
package import HTTPMessage
import HTTPServer
import Packaging
package import TUFRepository

/// A refusal as `application/problem+json` (RFC 9457): which check, which role, which value.
extension Response {
    package static func problem(_ refusal: TransactionRefusal) -> Response {
        problem(
            refusal.check.status, type: "urn:bonded:check:\(refusal.check.rawValue)", detail: refusal.detail,
            more: [
                ("check", refusal.check.rawValue), ("role", refusal.role), ("value", refusal.value),
            ])
    }

    /// A distribution that the index would not take from anyone.
    static func problem(_ refusal: UploadRefusal) -> Response {
        problem(Status(refusal.status), type: "about:blank", detail: refusal.message)
    }

    package static let notSignedIn: Response = {
        var response = problem(
            .unauthorized, type: "about:blank",
            detail: "Send a token of this index: 'Authorization: Bearer …'.")
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    }()

    package static func problem(
        _ status: Status, type: String, detail: String, more: [(String, String?)] = []
    ) -> Response {
        var object: JSONObject = [
            "type": .string(type), "title": .string(status.reason), "status": .integer(status.code),
            "detail": .string(detail),
        ]
        for (name, value) in more { object[name] = value.map { .string($0) } }
        return json(status, .object(object), contentType: "application/problem+json")
    }

    package static func json(
        _ status: Status, _ value: JSONValue, contentType: String = "application/json"
    ) -> Response {
        Response(
            status, headers: ["Content-Type": contentType, "Cache-Control": "no-store"],
            body: .bytes(value.jsonBytes()))
    }
}

extension TransactionRefusal.Check {
    var status: Status {
        switch self {
        case .permission: .forbidden
        case .notFound: .notFound
        case .live, .version: .conflict
        case .draft: .badRequest
        case .threshold, .signature, .keyRepeated, .keyUnknown, .expired, .targets, .path, .delegation, .page,
            .maintainers, .key:
            .unprocessableContent
        }
    }
}

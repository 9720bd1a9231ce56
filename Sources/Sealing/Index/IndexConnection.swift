import CanonicalJSON
package import Foundation
package import HTTPClient
package import Packaging
package import TUF
package import TUFRepository

/// The maintainers' API of an index (`/api/v1`), and of the administrators' what signs (`/admin/v1`), with a token.
package struct IndexConnection: Sendable {
    package let address: URL
    package let client: HTTPClient
    private let token: String

    private static let maxAnswerBytes = 16 << 20

    /// - Parameters:
    ///   - address: of the index; a `/simple/` at its end is taken off.
    ///   - token: of an account.
    /// - Throws: `.unusableAddress`.
    package init(address text: String, token: String, client: HTTPClient) throws(SealingError) {
        guard var address = URL(string: text), let host = address.host, !host.isEmpty,
            ["http", "https"].contains(address.scheme)
        else { throw .unusableAddress(text) }
        if address.lastPathComponent == "simple" { address.deleteLastPathComponent() }
        self.address = address
        self.token = token
        self.client = client
    }

    /// The account that the token is of.
    package func account() throws -> String {
        let answer = try call("GET", "account")
        guard let account = answer?.object?["account"]?.string else {
            throw SealingError.unexpectedAnswer("an account without a name")
        }
        return account
    }

    package func keys() throws -> [IndexKey] {
        try list("keys", "keys").map { try IndexKey(json: $0) }
    }

    package func register(_ registration: KeyRegistration) throws -> IndexKey {
        try IndexKey(json: try call("POST", "keys", .object(registration.json)))
    }

    package func retire(_ key: KeyID) throws { _ = try call("DELETE", "keys/\(key.hex)") }

    package func openDraft(_ changes: ProjectChanges, of project: ProjectName) throws -> IndexDraft {
        try IndexDraft(
            json: try call("POST", "projects/\(project.normalized)/drafts", .object(changes.json)))
    }

    package func draft(_ id: Int) throws -> IndexDraft {
        try IndexDraft(json: try call("GET", "drafts/\(id)"))
    }

    /// The drafts that wait for signatures, of every project that the account maintains.
    package func drafts() throws -> [IndexDraft] {
        try list("drafts", "drafts").map { try IndexDraft(json: $0) }
    }

    package func drop(draft id: Int) throws { _ = try call("DELETE", "drafts/\(id)") }

    package func sign(draft id: Int, _ signature: Signature) throws -> IndexDraft {
        let body: JSONValue = ["signatures": [.object(signature.json)]]
        return try IndexDraft(json: try call("POST", "drafts/\(id)/signatures", body))
    }

    /// - Parameters:
    ///   - archive: the ZIP transaction.
    ///   - sent: called with the bytes sent so far.
    package func send(
        draft id: Int, archive: URL, sent: @escaping (Int) -> Void
    ) throws -> IndexDraft {
        var request = request("POST", "drafts/\(id)/transaction")
        request.headers["Content-Type"] = "application/zip"
        request.body = .file(archive)
        let answer = try client.send(request, atMost: Self.maxAnswerBytes, sent: sent)
        return try IndexDraft(json: try json(in: answer))
    }

    /// The draft of offline metadata that is out. Takes an administrator's token.
    package func offlineDraft() throws -> any OfflineDraft {
        guard let file = try call("GET", "offline", at: .admin)?.object?["file"] else {
            throw SealingError.unexpectedAnswer("no draft")
        }
        return try OfflineDrafts.parse(file.jsonBytes())
    }

    /// - Returns: the snapshot that carries the metadata; nil while there is none.
    package func signOffline(_ signatures: [RoleName: [Signature]]) throws -> Int? {
        let byRole = signatures.map { ($0.key.text, JSONValue.array($0.value.map { .object($0.json) })) }
        let body: JSONValue = ["signatures": .object(JSONObject(byRole))]
        return try call("POST", "offline/signatures", body, at: .admin)?.object?["snapshot"]?.integer
    }

    private enum API: String {
        case maintainers = "api/v1"
        case admin = "admin/v1"
    }

    private func list(_ path: String, _ member: String) throws -> [JSONValue] {
        guard let elements = try call("GET", path)?.object?[member]?.array else {
            throw SealingError.unexpectedAnswer("no list of \(member)")
        }
        return elements
    }

    private func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, at api: API = .maintainers
    ) throws -> JSONValue? {
        var request = request(method, path, at: api)
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = .bytes(body.jsonBytes())
        }
        return try json(in: try client.send(request, atMost: Self.maxAnswerBytes))
    }

    private func request(_ method: String, _ path: String, at api: API = .maintainers) -> HTTPClient.Request {
        var request = HTTPClient.Request(
            address.appendingPathComponent("\(api.rawValue)/\(path)", isDirectory: false))
        request.method = method
        request.headers = ["Authorization": "Bearer \(token)", "Accept": "application/json"]
        return request
    }

    /// - Returns: nil for an answer without content.
    private func json(in answer: HTTPClient.Answer) throws(SealingError) -> JSONValue? {
        if answer.status == 204 { return nil }
        let value = try? JSONValue(parsing: answer.body)
        guard (200..<300).contains(answer.status) else {
            let problem = value?.object
            throw .refused(
                status: answer.status,
                detail: problem?["detail"]?.string ?? "the index answers with status \(answer.status)",
                check: problem?["check"]?.string.flatMap(TransactionRefusal.Check.init(rawValue:)),
                value: problem?["value"]?.string)
        }
        guard let value else { throw .unexpectedAnswer("status \(answer.status) without JSON") }
        return value
    }
}

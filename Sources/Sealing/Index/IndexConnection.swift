import CanonicalJSON
package import Foundation
import FoundationNetworking
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
    package func account() async throws -> String {
        let answer = try await call("GET", "account")
        guard let account = answer?.object?["account"]?.string else {
            throw SealingError.unexpectedAnswer("an account without a name")
        }
        return account
    }

    package func keys() async throws -> [IndexKey] {
        try await list("keys", "keys").map { try IndexKey(json: $0) }
    }

    package func register(_ registration: KeyRegistration) async throws -> IndexKey {
        try IndexKey(json: try await call("POST", "keys", .object(registration.json)))
    }

    package func retire(_ key: KeyID) async throws { _ = try await call("DELETE", "keys/\(key.hex)") }

    package func openDraft(_ changes: ProjectChanges, of project: ProjectName) async throws -> IndexDraft {
        try IndexDraft(
            json: try await call("POST", "projects/\(project.normalized)/drafts", .object(changes.json)))
    }

    package func draft(_ id: Int) async throws -> IndexDraft {
        try IndexDraft(json: try await call("GET", "drafts/\(id)"))
    }

    /// The drafts that wait for signatures, of every project that the account maintains.
    package func drafts() async throws -> [IndexDraft] {
        try await list("drafts", "drafts").map { try IndexDraft(json: $0) }
    }

    package func drop(draft id: Int) async throws { _ = try await call("DELETE", "drafts/\(id)") }

    package func sign(draft id: Int, _ signature: Signature) async throws -> IndexDraft {
        let body: JSONValue = ["signatures": [.object(signature.json)]]
        return try IndexDraft(json: try await call("POST", "drafts/\(id)/signatures", body))
    }

    /// - Parameters:
    ///   - archive: the ZIP transaction.
    ///   - sent: called with the bytes sent so far.
    package func send(
        draft id: Int, archive: URL, sent: @escaping @Sendable (Int) -> Void
    ) async throws -> IndexDraft {
        var request = request("POST", "drafts/\(id)/transaction")
        request.setValue("application/zip", forHTTPHeaderField: "Content-Type")
        let answer = try await client.send(
            request, atMost: Self.maxAnswerBytes, uploading: archive, sent: sent)
        return try IndexDraft(json: try json(in: answer))
    }

    /// The draft of offline metadata that is out. Takes an administrator's token.
    package func offlineDraft() async throws -> any OfflineDraft {
        guard let file = try await call("GET", "offline", at: .admin)?.object?["file"] else {
            throw SealingError.unexpectedAnswer("no draft")
        }
        return try OfflineDrafts.parse(file.jsonBytes())
    }

    /// - Returns: the snapshot that carries the metadata; nil while there is none.
    package func signOffline(_ signatures: [RoleName: [Signature]]) async throws -> Int? {
        let byRole = signatures.map { ($0.key.text, JSONValue.array($0.value.map { .object($0.json) })) }
        let body: JSONValue = ["signatures": .object(JSONObject(byRole))]
        return try await call("POST", "offline/signatures", body, at: .admin)?.object?["snapshot"]?.integer
    }

    private enum API: String {
        case maintainers = "api/v1"
        case admin = "admin/v1"
    }

    private func list(_ path: String, _ member: String) async throws -> [JSONValue] {
        guard let elements = try await call("GET", path)?.object?[member]?.array else {
            throw SealingError.unexpectedAnswer("no list of \(member)")
        }
        return elements
    }

    private func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, at api: API = .maintainers
    ) async throws -> JSONValue? {
        var request = request(method, path, at: api)
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = Data(body.jsonBytes())
        }
        return try json(in: try await client.send(request, atMost: Self.maxAnswerBytes))
    }

    private func request(_ method: String, _ path: String, at api: API = .maintainers) -> URLRequest {
        var request = URLRequest(
            url: address.appendingPathComponent("\(api.rawValue)/\(path)", isDirectory: false))
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Accept")
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

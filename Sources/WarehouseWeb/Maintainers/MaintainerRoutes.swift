package import CanonicalJSON
import HTTPMessage
package import HTTPServer
import Logging
import Packaging
import TUF
import TUFRepository
import Warehouse

/// `/api/v1`: keys, drafts and signatures of those who sign for projects.
extension Site {
    package static let maxRequestBytes = 1 << 20

    func respondToMaintainer(_ request: Request, _ route: MaintainerRoute) async -> Response {
        do {
            let identity: Identity
            do { identity = try await authenticate(request.head) } catch is UploadRefusal {
                return .notSignedIn
            }
            return try await respond(to: request, route, identity)
        } catch let refusal as TransactionRefusal {
            return .problem(refusal)
        } catch let refusal as UploadRefusal {
            return .problem(refusal)
        } catch let error as RequestError {
            return .refusal(error)
        } catch {
            warehouse.logger.error(
                "cannot answer", metadata: ["path": "\(request.head.path)", "error": "\(error)"])
            return .problem(
                .serviceUnavailable, type: "about:blank", detail: "The index cannot do this now. Try again.")
        }
    }

    private func respond(
        to request: Request, _ route: MaintainerRoute, _ identity: Identity
    ) async throws -> Response {
        let method = request.head.method
        switch route {
        case .account:
            return .json(.ok, ["account": .string(identity.account)])
        case .keys where method == .post:
            try refuseReadOnly()
            let registration = try KeyRegistration(json: await readJSON(request))
            return .json(.created, try await warehouse.registerKey(registration, by: identity).document)
        case .keys:
            return .json(.ok, ["keys": .array(try await warehouse.keys(of: identity).map(\.document))])
        case .key(let id):
            try refuseReadOnly()
            try await warehouse.retireKey(id, by: identity)
            return Response(.noContent)
        case .project(let name):
            guard let standing = try await warehouse.standing(of: name) else {
                throw TransactionRefusal(
                    .notFound, value: name.display, "There is no project '\(name.display)'.")
            }
            return .json(.ok, standing.document)
        case .projectDrafts(let name):
            try refuseReadOnly()
            let changes = try ProjectChanges(json: await readJSON(request))
            let draft = try await warehouse.openDraft(
                changes, of: name, by: identity, rules: claims, now: now())
            return .json(.created, draft.document)
        case .drafts:
            let drafts = try await warehouse.drafts(for: identity, rules: claims)
            return .json(.ok, ["drafts": .array(drafts.map(\.document))])
        case .draft(let id) where method == .delete:
            try refuseReadOnly()
            try await warehouse.drop(draft: id, by: identity)
            return Response(.noContent)
        case .draft(let id):
            return .json(.ok, try await draft(id, for: identity).document)
        case .signatures(let id):
            try refuseReadOnly()
            return try await complete(
                id, by: identity, files: [], signatures: signatures(in: await readJSON(request)))
        case .transaction(let id):
            try refuseReadOnly()
            let (files, signatures) = try await readTransaction(request, for: draft(id, for: identity))
            return try await complete(id, by: identity, files: files, signatures: signatures)
        }
    }

    private func draft(_ id: Int, for identity: Identity) async throws -> StoredDraft {
        guard let draft = try await warehouse.draft(id, for: identity, rules: claims) else {
            throw TransactionRefusal(.notFound, value: "\(id)", "There is no draft \(id).")
        }
        return draft
    }

    /// Answers once the snapshot that carries the draft is public, or after the uploads' time limit.
    private func complete(
        _ id: Int, by identity: Identity, files: [StoredDistribution], signatures: [Signature]
    ) async throws -> Response {
        let completed = try await warehouse.complete(
            draft: id, files: files, signatures: signatures, by: identity, rules: claims, now: now())
        guard let transaction = completed.transaction else { return .json(.ok, completed.document) }
        _ = await feed.publication(of: transaction, within: upload.wait)
        return .json(.ok, try await draft(id, for: identity).document)
    }

    /// - Throws: ``TransactionRefusal`` `.draft` for what is no JSON; `RequestError` for a body that does not come.
    package func readJSON(_ request: Request) async throws -> JSONValue {
        let bytes = try await request.body.collect(limit: Self.maxRequestBytes)
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw TransactionRefusal(.draft, "The request is not JSON: \(error).")
        }
    }

    private func signatures(in value: JSONValue) throws -> [Signature] {
        guard let elements = value.object?["signatures"]?.array else {
            throw TransactionRefusal(.draft, value: "signatures", "The member 'signatures' must be an array.")
        }
        do {
            return try elements.map { try Signature(json: $0) }
        } catch {
            throw TransactionRefusal(.signature, "A signature cannot be read: \(error).")
        }
    }

    private func refuseReadOnly() throws(UploadRefusal) {
        guard !upload.rules.isReadOnly else { throw UploadRefusal.readOnly }
    }
}

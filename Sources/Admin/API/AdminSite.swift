import CanonicalJSON
package import HTTPMessage
package import HTTPServer
import Logging
import Packaging
import TUF
import TUFRepository
import Warehouse
package import WarehouseWeb

/// The site with `/admin/v1` in front: for tokens of administrators only, and every call is logged.
package struct AdminSite: Handler {
    let site: Site
    let certificates: CertificateAdministrators

    private static let prefix = "/admin/v1/"

    package init(_ site: Site, certificates: CertificateAdministrators) {
        self.site = site
        self.certificates = certificates
    }

    package func immediate(_ head: RequestHead) -> Response? { site.immediate(head) }

    package func maximumBodyBytes(_ head: RequestHead) -> Int {
        head.path.hasPrefix(Self.prefix) ? Site.maxRequestBytes : site.maximumBodyBytes(head)
    }

    package func respond(to request: Request) async -> Response {
        guard request.head.path.hasPrefix(Self.prefix) else { return await site.respond(to: request) }
        let segments = Array((request.head.pathSegments() ?? []).dropFirst(2))
        let operations = makeOperations()
        if segments == ["openapi.json"], [.get, .head].contains(request.head.method) {
            return .json(.ok, OpenAPI.document(operations))
        }
        let matching = operations.compactMap { operation in
            operation.match(segments).map { (operation, $0) }
        }
        guard !matching.isEmpty else {
            return .problem(Status(404), type: "about:blank", detail: "There is no such operation.")
        }
        guard let (operation, parameters) = matching.first(where: { $0.0.allows(request.head.method) }) else {
            return .methodNotAllowed(allow: matching.map(\.0.method))
        }
        return await run(operation, parameters, request)
    }

    private func run(
        _ operation: AdminOperation, _ parameters: [String: String], _ request: Request
    ) async -> Response {
        var account = "nobody"
        let response: Response
        do {
            let identity = try await authenticate(request)
            account = identity.account
            guard identity.scope == .admin else {
                throw TransactionRefusal(
                    .permission, value: account,
                    "This takes a token of an administrator: `bonded admin token create`.")
            }
            let body = operation.body == nil ? JSONValue.null : try await site.readJSON(request)
            response = try await operation.run(
                AdminCall(
                    account: account, parameters: parameters,
                    query: Dictionary(request.head.queryItems(), uniquingKeysWith: { first, _ in first }),
                    body: body))
        } catch is UploadRefusal {
            response = .notSignedIn
        } catch let refusal as TransactionRefusal {
            response = .problem(refusal)
        } catch let error as RequestError {
            response = .problem(error.status, type: "about:blank", detail: error.status.reason)
        } catch let error as MetadataError {
            response = .problem(
                Status(400), type: "about:blank", detail: "A role or key cannot be read: \(error).")
        } catch {
            site.warehouse.logger.error(
                "cannot answer", metadata: ["path": "\(request.head.path)", "error": "\(error)"])
            response = .problem(
                .serviceUnavailable, type: "about:blank", detail: "The index cannot do this now. Try again.")
        }
        site.warehouse.logger.notice(
            "admin",
            metadata: [
                "account": "\(account)", "from": "\(request.peer)",
                "call": "\(operation.method.rawValue) \(operation.path)",
                "status": "\(response.status.code)",
            ])
        return response
    }

    /// Whoever sends a token is who the token says; without one a client certificate counts.
    private func authenticate(_ request: Request) async throws -> Identity {
        if !request.head.headers.contains("Authorization"), let account = certificates.account(of: request) {
            return try await site.warehouse.localIdentity(account: account)
        }
        return try await site.authenticate(request.head)
    }
}

extension AdminOperation {
    fileprivate func allows(_ method: Method) -> Bool {
        method == self.method || (method == .head && self.method == .get)
    }
}

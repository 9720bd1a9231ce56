import Foundation
package import HTTPMessage
import Packaging
package import Warehouse

extension Site {
    /// Finds who sent a request, by `Basic __token__:<token>`, `Bearer <token>` or `token <token>`.
    ///
    /// - Throws: ``UploadRefusal`` with status 403, as Warehouse answers.
    package func authenticate(_ head: RequestHead) async throws -> Identity {
        guard let field = head.headers["Authorization"] else { throw UploadRefusal.unauthenticated }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2 else { throw UploadRefusal.unauthenticated }
        let token: String
        switch parts[0].lowercased() {
        case "basic":
            guard let data = Data(base64Encoded: String(parts[1])),
                let pair = String(data: data, encoding: .utf8),
                let colon = pair.firstIndex(of: ":")
            else { throw UploadRefusal.unauthenticated }
            guard pair[..<colon] == "__token__" else { throw UploadRefusal.passwordAuthentication }
            token = String(pair[pair.index(after: colon)...])
        case "bearer", "token":
            token = String(parts[1])
        default:
            throw UploadRefusal.unauthenticated
        }
        guard let identity = try await warehouse.identity(ofToken: token) else {
            throw UploadRefusal.unauthenticated
        }
        return identity
    }
}

import HTTPMessage
import HTTPServer
import Logging
import Warehouse

extension Site {
    /// Whether this index can be relied on now, and if not, why (503).
    func readiness() async throws -> Response {
        let health: Health
        do {
            health = try await warehouse.health()
        } catch {
            warehouse.logger.error("not ready", metadata: ["error": "\(error)"])
            return .json(
                .serviceUnavailable, ["status": "not ready", "reason": "the database cannot be reached"])
        }
        guard let problem = health.problem else { return .json(.ok, ["status": "ready"]) }
        return .json(.serviceUnavailable, ["status": "not ready", "reason": problem])
    }
}

import Postgres

/// Why the index shows nothing but roots and bulletins.
package struct Interruption: Hashable, Sendable {
    /// The bulletin that says what happened; nil where it was withdrawn.
    package let bulletin: Int?
}

extension Warehouse {
    /// - Returns: nil where the index does its work.
    package func interruption() async throws -> Interruption? {
        try await database.read { connection in
            try connection.one("SELECT bulletin_id FROM recovery WHERE finished_at IS NULL AND halts").map {
                Interruption(bulletin: try $0.get("bulletin_id"))
            }
        }
    }
}

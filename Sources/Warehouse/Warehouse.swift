package import Blobs
package import Logging
package import Postgres

/// The index's domain: what is kept, and the rules by which it changes.
///
/// All SQL of the program is in this module. State lives in PostgreSQL and the blob store, nowhere else, so any
/// number of processes may share one warehouse.
package struct Warehouse: Sendable {
    package let database: Database
    package let blobs: BlobStore
    package let logger: Logger

    package init(database: Database, blobs: BlobStore, logger: Logger) {
        self.database = database
        self.blobs = blobs
        self.logger = logger
    }
}

/// The channels on which the processes tell each other what happened.
package enum Channel {
    /// A project transaction waits for the snapshot process.
    package static let pending = "bonded_pending"
    /// A new snapshot or timestamp is public, or a bulletin.
    package static let published = "bonded_published"
}

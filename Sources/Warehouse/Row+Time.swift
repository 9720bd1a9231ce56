import Postgres
import TUF

extension Row {
    /// A `timestamptz`, in whole seconds.
    func time(_ column: String) throws -> MetadataTime {
        MetadataTime(secondsSinceEpoch: try get(column, as: Postgres.Timestamp.self).secondsSinceEpoch)
    }

    /// A `timestamptz` that may be NULL, in whole seconds.
    func optionalTime(_ column: String) throws -> MetadataTime? {
        try get(column, as: Postgres.Timestamp?.self).map {
            MetadataTime(secondsSinceEpoch: $0.secondsSinceEpoch)
        }
    }
}

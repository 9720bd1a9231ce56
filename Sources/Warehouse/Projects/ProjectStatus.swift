import CanonicalJSON
package import Packaging
import Postgres
import TUFRepository

/// Whether the index lets a project change, and shows it.
///
/// - Source: PEP 792, "Project Status Markers", and our own `removed`.
package enum ProjectStatus: String, Hashable, Sendable, CaseIterable {
    case active
    /// Takes no change; installers find it as it is.
    case archived
    /// Takes no change, and none of its files is shown.
    case quarantined
    /// Its files are gone for good; its name is kept from others.
    case removed
}

extension Warehouse {
    /// Gives a project another status.
    ///
    /// What maintainers sign for cannot be changed by the index: of a claimed project, the index only refuses changes
    /// (`archived`), or to show anything (`quarantined`).
    ///
    /// - Parameters:
    ///   - reason: for the project's page; empty for none.
    ///   - administrator: who does it, for the log; nil for who works on the machine itself.
    /// - Returns: the transaction that brings it to the project's page; nil where maintainers sign that.
    /// - Throws: ``TransactionRefusal``: `.notFound`; `.live` for one that has this status; `.permission` for the removal
    ///   of a claimed project, and for changes of a removed one.
    package func setStatus(
        _ status: ProjectStatus, of name: ProjectName, reason: String, by administrator: String? = nil
    ) async throws -> Int? {
        try await database.transaction { connection in
            guard let project = try LockedProject(named: name.normalized, connection) else {
                throw TransactionRefusal(
                    .notFound, value: name.display, "There is no project '\(name.display)'.")
            }
            guard project.status != status else {
                throw TransactionRefusal(
                    .live, value: status.rawValue, "'\(name.display)' is \(status.rawValue) already.")
            }
            guard project.status != .removed else {
                throw TransactionRefusal(
                    .permission, value: name.display, "'\(name.display)' was removed, for good.")
            }
            guard status != .removed || project.inForce == nil else {
                throw TransactionRefusal(
                    .permission, value: name.display,
                    "The maintainers of '\(name.display)' sign for it: quarantine it, or first withdraw the claim with "
                        + "`bonded admin claims draft --withdraw \(name.normalized)`.")
            }
            try connection.execute(
                """
                UPDATE project SET status = \(status.rawValue), status_reason = \(reason.isEmpty ? nil : reason)
                WHERE id = \(project.id)
                """)
            try Self.log(
                .projectStatus,
                [
                    "project": .string(name.normalized), "status": .string(status.rawValue),
                    "reason": .string(reason), "by": .actor(administrator),
                ], connection)
            guard project.inForce == nil else {
                try connection.notify(Channel.published, payload: "status of \(name.normalized)")
                return nil
            }
            let gone =
                status == .removed
                ? try project.publishedFiles(connection).map {
                    FileChange(filename: $0.filename, action: .remove, reason: reason)
                } : []
            return try Self.rebuild(
                name.normalized, project.id, because: "status \(status.rawValue)", changes: gone, connection)
        }
    }
}

extension LockedProject {
    /// - Throws: ``TransactionRefusal`` `.permission` for a project that takes no changes.
    func refuseClosed() throws(TransactionRefusal) {
        guard status != .active else { return }
        throw TransactionRefusal(
            .permission, value: status.rawValue,
            "'\(name.display)' is \(status.rawValue) and takes no changes; an administrator can open it again."
        )
    }
}

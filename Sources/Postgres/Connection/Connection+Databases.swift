extension Connection {
    /// Makes a database; outside a transaction only.
    ///
    /// - Parameters:
    ///   - name: quoted here, as is `template`.
    ///   - template: the database to copy, which nobody may be connected to.
    package func createDatabase(_ name: String, template: String? = nil) throws(PostgresError) {
        let source = template.map { " TEMPLATE \(quoteIdentifier($0))" } ?? ""
        try script("CREATE DATABASE \(quoteIdentifier(name))\(source)")
    }

    /// Drops a database if it exists, and disconnects whoever uses it; outside a transaction only.
    package func dropDatabase(_ name: String) throws(PostgresError) {
        try script("DROP DATABASE IF EXISTS \(quoteIdentifier(name)) WITH (FORCE)")
    }
}

/// One row of a result. Values are decoded when asked for.
package struct Row: Sendable {
    let result: ResultSet
    let number: Int

    /// The value of a column.
    ///
    /// - Throws: `.noSuchColumn`, `.decoding` (wrong type, NULL for a non-optional, out of range).
    package func get<Value: ColumnValue>(
        _ column: String, as type: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        try result.decode(row: number, column: result.column(named: column))
    }

    /// - Parameter column: counted from 0.
    package func get<Value: ColumnValue>(_ column: Int, as type: Value.Type = Value.self)
        throws(PostgresError) -> Value
    {
        try result.decode(row: number, column: column)
    }

    /// `get` for where the type is known: `let name: String = try row["name"]`.
    package subscript<Value: ColumnValue>(column: String) -> Value {
        get throws(PostgresError) { try get(column) }
    }

    package subscript<Value: ColumnValue>(column: Int) -> Value {
        get throws(PostgresError) { try get(column) }
    }
}

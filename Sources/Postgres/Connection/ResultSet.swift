import CPostgres

/// The rows one statement returned, kept in libpq's memory and read in place.
///
/// `@unchecked Sendable`: a `PGresult` is complete when made here and only read after; libpq's accessors of a
/// result that nobody changes are safe from any thread.
final class ResultSet: @unchecked Sendable {
    private let result: OpaquePointer
    private let columns: [(name: String, typeID: TypeID)]
    private let columnsByName: [String: Int]
    let rowCount: Int

    /// Takes over `result` and clears it in the end.
    init(owning result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columns = (0..<PQnfields(result)).map { column in
            (PQfname(result, column).map { String(cString: $0) } ?? "", TypeID(PQftype(result, column)))
        }
        // With two columns of one name the first wins, as in libpq.
        columnsByName = Dictionary(
            columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    deinit {
        PQclear(result)
    }

    var rows: [Row] { (0..<rowCount).map { Row(result: self, number: $0) } }
    var columnTypes: [TypeID] { columns.map(\.typeID) }

    func column(named name: String) throws(PostgresError) -> Int {
        guard let column = columnsByName[name] else { throw .noSuchColumn(name) }
        return column
    }

    func decode<Value: ColumnValue>(row: Int, column: Int) throws(PostgresError) -> Value {
        guard columns.indices.contains(column), (0..<rowCount).contains(row) else {
            throw .noSuchColumn("#\(column)")
        }
        var bytes: UnsafeRawBufferPointer?
        if PQgetisnull(result, Int32(row), Int32(column)) == 0 {
            let length = Int(PQgetlength(result, Int32(row), Int32(column)))
            bytes = UnsafeRawBufferPointer(
                start: PQgetvalue(result, Int32(row), Int32(column)), count: length)
        }
        let cell = Cell(column: columns[column].name, typeID: columns[column].typeID, bytes: bytes)
        return try withExtendedLifetime(self) { () throws(PostgresError) in try Value(cell: cell) }
    }
}

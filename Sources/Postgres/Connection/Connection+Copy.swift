import CPostgres

extension Connection {
    /// Adds many rows by `COPY … FROM STDIN` in binary form, far faster than inserting them.
    ///
    /// - Parameters:
    ///   - table: its name, without a schema; quoted here.
    ///   - columns: their names, quoted here. `Int` fits `smallint` and `integer` too if it is in range, `String`
    ///     fits every text-like type, `json` and `jsonb` included.
    ///   - rows: each as wide as `columns`.
    /// - Returns: the number of rows added.
    /// - Throws: `.copyRowWidth`, `.copyType`, `.server`, `.connectionLost`; nothing is added then.
    /// - Source: PostgreSQL documentation, "COPY", Binary Format.
    @discardableResult
    package func copyIn(
        into table: String, columns: [String], rows: some Sequence<[any Bindable]>
    ) throws(PostgresError) -> Int {
        let target = quoteIdentifier(table)
        let list = columns.map(quoteIdentifier).joined(separator: ", ")
        let types = try run(SQL(trusted: "SELECT \(list) FROM \(target) LIMIT 0")).columnTypes
        try beginCopy("COPY \(target) (\(list)) FROM STDIN (FORMAT binary)")
        do {
            try sendRows(rows, columns: columns, types: types)
        } catch {
            guard !isBroken else { throw error }
            _ = try? endCopy(refusal: "the data is malformed")
            throw error
        }
        return try endCopy(refusal: nil)
    }

    private func sendRows(
        _ rows: some Sequence<[any Bindable]>, columns: [String], types: [TypeID]
    ) throws(PostgresError) {
        let chunkSize = 64 * 1024
        var bytes = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
        // No flags, no header extension.
        bytes += [UInt8](repeating: 0, count: 8)
        for row in rows {
            guard row.count == columns.count else {
                throw .copyRowWidth(expected: columns.count, actual: row.count)
            }
            bytes += bigEndianBytes(Int16(clamping: row.count))
            for (index, value) in row.enumerated() {
                let binding = Binding(erased: value)
                guard let content = binding.bytes else {
                    bytes += bigEndianBytes(Int32(-1))
                    continue
                }
                guard let fitted = binding.typeID.fit(content, to: types[index]),
                    let length = Int32(exactly: fitted.count)
                else { throw .copyType(column: columns[index], typeID: types[index].number) }
                bytes += bigEndianBytes(length)
                bytes += fitted
            }
            if bytes.count >= chunkSize {
                try sendCopyData(bytes)
                bytes.removeAll(keepingCapacity: true)
            }
        }
        bytes += bigEndianBytes(Int16(-1))
        try sendCopyData(bytes)
    }
}

/// A name as SQL's quoted identifier.
func quoteIdentifier(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
}

extension TypeID {
    private static let textLike: Set<TypeID> = [.text, .varchar, .paddedChar, .name, .json]

    /// A value's binary form of this type turned into a column's type, or `nil` if it does not fit.
    fileprivate func fit(_ bytes: [UInt8], to column: TypeID) -> [UInt8]? {
        if self == column { return bytes }
        switch self {
        case .int8:
            guard bytes.count == 8 else { return nil }
            let number = bytes.reduce(Int64(0)) { $0 << 8 | Int64($1) }
            if column == .int4 { return Int32(exactly: number).map { bigEndianBytes($0) } }
            if column == .int2 { return Int16(exactly: number).map { bigEndianBytes($0) } }
            return nil
        case .text:
            if column == .jsonb { return [JSONText.binaryVersion] + bytes }
            return Self.textLike.contains(column) || column.isUserDefined ? bytes : nil
        case .jsonb:
            return column == .json ? Array(bytes.dropFirst()) : nil
        default:
            return nil
        }
    }
}

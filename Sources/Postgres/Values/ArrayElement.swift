/// A value whose arrays can be bound and read.
///
/// `[UInt8]` is the exception among arrays: it is one `bytea`, not an array of numbers.
package protocol ArrayElement: Sendable {
    /// The type of an array of these.
    static var arrayTypeID: TypeID { get }

    static func binaryForm(of array: [Self]) -> [UInt8]
    static func decodeArray(_ cell: Cell) throws(PostgresError) -> [Self]
}

extension ArrayElement where Self: Bindable {
    /// One dimension with lower bound 1; an empty array has no dimension.
    ///
    /// - Source: PostgreSQL `array_send`/`array_recv` (`arrayfuncs.c`).
    package static func binaryForm(of array: [Self]) -> [UInt8] {
        let forms = array.map(\.binaryForm)
        let hasNull: Int32 = forms.contains { $0 == nil } ? 1 : 0
        var bytes = bigEndianBytes(Int32(array.isEmpty ? 0 : 1))
        bytes += bigEndianBytes(hasNull)
        bytes += bigEndianBytes(typeID.number)
        guard !array.isEmpty else { return bytes }
        // The server refuses messages of 1 GiB and more, so a clamped count never reaches a table.
        bytes += bigEndianBytes(Int32(clamping: array.count))
        bytes += bigEndianBytes(Int32(1))
        for form in forms {
            guard let form else {
                bytes += bigEndianBytes(Int32(-1))
                continue
            }
            bytes += bigEndianBytes(Int32(clamping: form.count))
            bytes += form
        }
        return bytes
    }
}

extension ArrayElement where Self: ColumnValue {
    package static func decodeArray(_ cell: Cell) throws(PostgresError) -> [Self] {
        let malformed = PostgresError.decoding(column: cell.column, reason: "not a one-dimensional array")
        let bytes = try cell.requireBytes()
        var reader = BigEndianReader(bytes)
        guard let dimensions = reader.integer(Int32.self), reader.integer(Int32.self) != nil,
            let element = reader.integer(UInt32.self), dimensions == 0 || dimensions == 1
        else { throw malformed }
        guard dimensions == 1 else { return [] }
        guard let count = reader.integer(Int32.self), reader.integer(Int32.self) != nil, count >= 0,
            Int(count) <= reader.remaining / 4
        else { throw malformed }

        var values: [Self] = []
        values.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let length = reader.integer(Int32.self) else { throw malformed }
            var content: UnsafeRawBufferPointer?
            if length >= 0 {
                guard let run = reader.run(Int(length)) else { throw malformed }
                content = run
            }
            values.append(try Self(cell: Cell(column: cell.column, typeID: TypeID(element), bytes: content)))
        }
        return values
    }
}

extension Int: ArrayElement {
    package static var arrayTypeID: TypeID { .int8Array }
}

extension String: ArrayElement {
    package static var arrayTypeID: TypeID { .textArray }
}

extension Bool: ArrayElement {
    package static var arrayTypeID: TypeID { .boolArray }
}

extension Double: ArrayElement {
    package static var arrayTypeID: TypeID { .float8Array }
}

extension Timestamp: ArrayElement {
    package static var arrayTypeID: TypeID { .timestampWithZoneArray }
}

extension Optional: ArrayElement where Wrapped: PostgresValue {
    package static var arrayTypeID: TypeID { Wrapped.arrayTypeID }
}

extension ArrayElement where Self: RawRepresentable, RawValue: PostgresValue {
    package static var arrayTypeID: TypeID { RawValue.arrayTypeID }
}

extension UInt8: ArrayElement {
    package static var arrayTypeID: TypeID { .bytea }

    package static func binaryForm(of array: [UInt8]) -> [UInt8] { array }

    package static func decodeArray(_ cell: Cell) throws(PostgresError) -> [UInt8] {
        try cell.require(.bytea)
        return Array(try cell.requireBytes())
    }
}

extension Array: Bindable where Element: ArrayElement {
    package static var typeID: TypeID { Element.arrayTypeID }
    package var binaryForm: [UInt8]? { Element.binaryForm(of: self) }
}

extension Array: ColumnValue where Element: ArrayElement {
    package init(cell: Cell) throws(PostgresError) {
        self = try Element.decodeArray(cell)
    }
}

extension Array: ArrayElement where Element == UInt8 {
    package static var arrayTypeID: TypeID { .byteaArray }
}

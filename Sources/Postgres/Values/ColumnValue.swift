/// A value that can be read from a result's column.
///
/// | Swift | from PostgreSQL |
/// | --- | --- |
/// | `Int` | `int2`, `int4`, `int8`, `oid`; `numeric` if whole and in range (`sum(int8)` is one) |
/// | `String` | `text`, `varchar`, `char(n)`, `name`, `json`, `jsonb`, enumerations and extension types such as `citext` |
/// | `Bool` | `bool` |
/// | `Double` | `float4`, `float8` |
/// | `[UInt8]` | `bytea` |
/// | ``Timestamp`` | `timestamptz`, `timestamp` (taken as UTC); the infinities are refused |
/// | `Optional` | the same, or NULL |
/// | arrays | one-dimensional arrays of the above |
///
/// Anything else needs a cast in the statement, e.g. `host::text`.
package protocol ColumnValue: Sendable {
    init(cell: Cell) throws(PostgresError)
}

/// One value of a result, in binary form, valid while its row is.
package struct Cell {
    /// The column's name, for errors.
    let column: String
    let typeID: TypeID
    /// `nil` is NULL.
    let bytes: UnsafeRawBufferPointer?

    func requireBytes() throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw .decoding(column: column, reason: "is NULL") }
        return bytes
    }

    func require(_ expected: TypeID) throws(PostgresError) {
        guard typeID == expected else { throw mismatch() }
    }

    func mismatch() -> PostgresError {
        .decoding(
            column: column, reason: "has type \(typeID.number), which does not fit; cast it in the statement")
    }

    func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws(PostgresError) -> Number {
        var reader = BigEndianReader(try requireBytes())
        guard let number = reader.integer(Number.self), reader.remaining == 0 else {
            throw .decoding(column: column, reason: "has the wrong length")
        }
        return number
    }
}

extension Int: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        switch cell.typeID {
        case .int8: self = Int(try cell.integer(Int64.self))
        case .int4: self = Int(try cell.integer(Int32.self))
        case .int2: self = Int(try cell.integer(Int16.self))
        case .oid: self = Int(try cell.integer(UInt32.self))
        case .numeric: self = try Int(numeric: cell)
        default: throw cell.mismatch()
        }
    }

    /// Reads a `numeric`: base-10 000 digits, most significant first.
    ///
    /// - Source: PostgreSQL `numeric_send` (`numeric.c`).
    private init(numeric cell: Cell) throws(PostgresError) {
        let refusal = PostgresError.decoding(column: cell.column, reason: "is not a whole number of 64 bits")
        var reader = BigEndianReader(try cell.requireBytes())
        guard let count = reader.integer(Int16.self), let weight = reader.integer(Int16.self),
            let sign = reader.integer(UInt16.self), reader.integer(Int16.self) != nil,
            sign == 0 || sign == 0x4000, count >= 0, weight <= 4
        else { throw refusal }
        // Negative throughout, because Int.min has no positive counterpart.
        var value = 0
        var power = Int(weight)
        for _ in 0..<count {
            guard let digit = reader.integer(Int16.self) else { throw refusal }
            guard power >= 0 else {
                guard digit == 0 else { throw refusal }
                continue
            }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10_000)
            let (sum, underflow) = product.subtractingReportingOverflow(Int(digit))
            guard !overflow, !underflow else { throw refusal }
            value = sum
            power -= 1
        }
        while power >= 0, value != 0 {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10_000)
            guard !overflow else { throw refusal }
            value = product
            power -= 1
        }
        if sign == 0 {
            guard value != .min else { throw refusal }
            value = -value
        }
        self = value
    }
}

extension String: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        var bytes = try cell.requireBytes()
        switch cell.typeID {
        case .text, .varchar, .paddedChar, .name, .json, .internalChar, .unknown: break
        case .jsonb:
            guard bytes.first == JSONText.binaryVersion else { throw cell.mismatch() }
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        default:
            guard cell.typeID.isUserDefined else { throw cell.mismatch() }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .decoding(column: cell.column, reason: "is not UTF-8")
        }
        self = text
    }
}

extension Bool: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        try cell.require(.bool)
        self = try cell.integer(UInt8.self) != 0
    }
}

extension Double: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        switch cell.typeID {
        case .float8: self = Double(bitPattern: try cell.integer(UInt64.self))
        case .float4: self = Double(Float(bitPattern: try cell.integer(UInt32.self)))
        default: throw cell.mismatch()
        }
    }
}

extension Timestamp: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        guard cell.typeID == .timestampWithZone || cell.typeID == .timestamp else { throw cell.mismatch() }
        guard let timestamp = Timestamp(microsecondsSince2000: Int(try cell.integer(Int64.self))) else {
            throw .decoding(column: cell.column, reason: "is infinite or out of range")
        }
        self = timestamp
    }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        self = cell.bytes == nil ? nil : try Wrapped(cell: cell)
    }
}

extension ColumnValue where Self: RawRepresentable, RawValue: ColumnValue {
    package init(cell: Cell) throws(PostgresError) {
        guard let value = Self(rawValue: try RawValue(cell: cell)) else {
            throw .decoding(column: cell.column, reason: "is not a known \(Self.self)")
        }
        self = value
    }
}

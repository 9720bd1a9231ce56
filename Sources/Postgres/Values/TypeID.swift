/// A PostgreSQL type's object id.
///
/// - Source: `src/include/catalog/pg_type.dat`; ids below 16 384 never change.
package struct TypeID: Hashable, Sendable {
    package let number: UInt32

    package init(_ number: UInt32) {
        self.number = number
    }

    static let bool = TypeID(16)
    static let bytea = TypeID(17)
    static let internalChar = TypeID(18)
    static let name = TypeID(19)
    static let int8 = TypeID(20)
    static let int2 = TypeID(21)
    static let int4 = TypeID(23)
    static let text = TypeID(25)
    static let oid = TypeID(26)
    static let json = TypeID(114)
    static let float4 = TypeID(700)
    static let float8 = TypeID(701)
    static let unknown = TypeID(705)
    static let boolArray = TypeID(1000)
    static let byteaArray = TypeID(1001)
    static let textArray = TypeID(1009)
    static let paddedChar = TypeID(1042)
    static let varchar = TypeID(1043)
    static let int8Array = TypeID(1016)
    static let float8Array = TypeID(1022)
    static let timestamp = TypeID(1114)
    static let timestampWithZone = TypeID(1184)
    static let timestampWithZoneArray = TypeID(1185)
    static let numeric = TypeID(1700)
    static let jsonb = TypeID(3802)

    /// Types created in this database: enumerations and extensions such as `citext`.
    var isUserDefined: Bool { number >= 16384 }
}

/// A value that can be a statement's parameter.
///
/// | Swift | PostgreSQL |
/// | --- | --- |
/// | `Int` | `int8` |
/// | `String` | `text` |
/// | `Bool` | `bool` |
/// | `Double` | `float8` |
/// | `[UInt8]` | `bytea` |
/// | ``Timestamp`` | `timestamptz` |
/// | `Optional` | the same, or NULL |
/// | arrays of the above, and of their optionals | the same type's array |
///
/// `enum Kind: String, PostgresValue {…}` needs nothing more: raw values bind as their type.
package protocol Bindable: Sendable {
    static var typeID: TypeID { get }

    /// The type's binary form, or `nil` for NULL.
    var binaryForm: [UInt8]? { get }
}

/// A value that can be bound, read, and be an array's element.
package typealias PostgresValue = ArrayElement & Bindable & ColumnValue

/// A parameter: its type and binary form.
package struct Binding: Sendable {
    let typeID: TypeID
    /// `nil` is NULL.
    let bytes: [UInt8]?

    package init(_ value: some Bindable) {
        self.init(erased: value)
    }

    init(erased value: any Bindable) {
        typeID = type(of: value).typeID
        bytes = value.binaryForm
    }

    /// - Parameter text: JSON; the server checks it.
    package init(json text: String?) {
        typeID = .jsonb
        bytes = text.map { [JSONText.binaryVersion] + Array($0.utf8) }
    }
}

/// JSON text, for places where a plain `String` would bind as `text`: rows of ``Connection/copyIn(into:columns:rows:)``.
package struct JSONText: Bindable {
    static let binaryVersion: UInt8 = 1

    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static var typeID: TypeID { .jsonb }
    package var binaryForm: [UInt8]? { [Self.binaryVersion] + Array(text.utf8) }
}

extension Int: Bindable {
    package static var typeID: TypeID { .int8 }
    package var binaryForm: [UInt8]? { bigEndianBytes(Int64(self)) }
}

extension String: Bindable {
    package static var typeID: TypeID { .text }
    package var binaryForm: [UInt8]? { Array(utf8) }
}

extension Bool: Bindable {
    package static var typeID: TypeID { .bool }
    package var binaryForm: [UInt8]? { [self ? 1 : 0] }
}

extension Double: Bindable {
    package static var typeID: TypeID { .float8 }
    package var binaryForm: [UInt8]? { bigEndianBytes(bitPattern) }
}

extension Timestamp: Bindable {
    package static var typeID: TypeID { .timestampWithZone }
    package var binaryForm: [UInt8]? { bigEndianBytes(Int64(microsecondsSince2000)) }
}

extension Optional: Bindable where Wrapped: Bindable {
    package static var typeID: TypeID { Wrapped.typeID }
    package var binaryForm: [UInt8]? { self?.binaryForm }
}

extension Bindable where Self: RawRepresentable, RawValue: Bindable {
    package static var typeID: TypeID { RawValue.typeID }
    package var binaryForm: [UInt8]? { rawValue.binaryForm }
}

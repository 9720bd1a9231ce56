/// A whole number ≥ 0 of any length, as the digits of a version have it.
package struct DecimalNumber: Hashable, Sendable {
    private enum Storage: Hashable {
        case small(UInt64)
        /// More than 19 digits, without leading zeros.
        case large([UInt8])
    }

    private let storage: Storage

    package static let zero = DecimalNumber(0)

    package init(_ value: UInt64) { storage = .small(value) }

    /// Reads ASCII digits; the caller has checked that they are. No digits read as 0.
    init(digits: some Collection<UInt8>) {
        let significant = digits.drop { $0 == "0" }
        if significant.count <= 19 {
            storage = .small(significant.reduce(0) { $0 &* 10 &+ UInt64($1 &- 0x30) })
        } else {
            storage = .large(Array(significant))
        }
    }

    package var isZero: Bool { storage == .small(0) }
}

extension DecimalNumber: Comparable, CustomStringConvertible {
    package var description: String {
        switch storage {
        case .small(let value): String(value)
        case .large(let digits): String(decoding: digits, as: UTF8.self)
        }
    }

    package static func < (left: DecimalNumber, right: DecimalNumber) -> Bool {
        switch (left.storage, right.storage) {
        case (.small(let left), .small(let right)): left < right
        case (.small, .large): true
        case (.large, .small): false
        case (.large(let left), .large(let right)):
            left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
        }
    }
}

package import CanonicalJSON

/// Hash bins, described once for all: 2^bitLength roles with the same keys.
///
/// - Shape: names are `<prefix>-<index>`, the index in lowercase hex, padded to the width of the last one. A bin
///   is always terminating.
/// - Source: TAP 15.
package struct SuccinctRoles: Hashable, Sendable {
    package let keys: RoleKeys
    /// 1…32.
    package let bitLength: Int
    package let namePrefix: String
    package let unrecognized: JSONObject

    /// - Throws: `.bitLengthOutOfRange`; `.malformedRoleName` where the prefix does not make role names.
    package init(
        keys: RoleKeys, bitLength: Int, namePrefix: String, unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        guard (1...32).contains(bitLength) else { throw .bitLengthOutOfRange(bitLength) }
        _ = try RoleName("\(namePrefix)-00000000")
        self.keys = keys
        self.bitLength = bitLength
        self.namePrefix = namePrefix
        self.unrecognized = unrecognized
    }

    init(json: JSONValue) throws(MetadataError) {
        var fields = try Fields(json, field: "succinct_roles")
        let keys = try RoleKeys(readingFrom: &fields, keepingRest: false)
        let bitLength = try fields.integer("bit_length")
        let namePrefix = try fields.string("name_prefix")
        try self.init(
            keys: keys, bitLength: bitLength, namePrefix: namePrefix, unrecognized: fields.unrecognized)
    }

    package var json: JSONObject {
        unrecognized.merging(keys.json)
            .merging(["bit_length": .integer(bitLength), "name_prefix": .string(namePrefix)])
    }

    /// How many bins there are.
    package var binCount: Int { 1 << bitLength }

    /// The bin that `path` belongs to: the first `bitLength` bits of its SHA-256.
    package func role(for path: TargetPath) -> RoleName { name(ofBin: bin(for: path)) }

    /// The index of the bin that `path` belongs to.
    package func bin(for path: TargetPath) -> Int {
        let first32Bits = path.digest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        return first32Bits >> (32 - bitLength)
    }

    /// The name of a bin.
    ///
    /// - Parameter bin: 0 ..< ``binCount``.
    package func name(ofBin bin: Int) -> RoleName {
        let digits = String(bin, radix: 16)
        let padding = String(repeating: "0", count: max(0, suffixLength - digits.count))
        return RoleName(trusted: "\(namePrefix)-\(padding)\(digits)")
    }

    /// The names of all bins, in order, made as they are asked for.
    package var roleNames: LazyMapSequence<Range<Int>, RoleName> {
        (0..<binCount).lazy.map { name(ofBin: $0) }
    }

    /// Whether `role` is one of the bins.
    package func contains(_ role: RoleName) -> Bool {
        let start = "\(namePrefix)-"
        guard role.text.utf8.starts(with: start.utf8) else { return false }
        let suffix = String(role.text.dropFirst(start.count))
        guard suffix.utf8.count == suffixLength, Hex.isLowercase(suffix), let bin = Int(suffix, radix: 16)
        else {
            return false
        }
        return bin < binCount
    }

    private var suffixLength: Int { (bitLength + 3) / 4 }
}

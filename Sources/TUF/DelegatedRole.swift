package import CanonicalJSON

/// One delegation: a role, its keys, and the target paths it is trusted with.
///
/// - Source: TUF §4.5 DELEGATIONS.
package struct DelegatedRole: Hashable, Sendable {
    /// Which target paths the role is trusted with.
    package enum Paths: Hashable, Sendable {
        /// Those that match one of the patterns.
        case patterns([PathPattern])
        /// Those whose SHA-256, in lowercase hex, starts with one of these digits.
        case hashPrefixes([String])
    }

    package let name: RoleName
    package let keys: RoleKeys
    /// Whether, for a path of this role, roles that come later are not asked.
    package let terminating: Bool
    package let paths: Paths
    package let unrecognized: JSONObject

    /// - Throws: `.reservedRoleName` for a top-level name, `.malformedHashPrefix` for other than 1–64 lowercase
    ///   hexadecimal digits.
    package init(
        name: RoleName, keys: RoleKeys, terminating: Bool, paths: Paths, unrecognized: JSONObject = [:]
    ) throws(MetadataError) {
        guard !name.isTopLevel else { throw .reservedRoleName(name) }
        if case .hashPrefixes(let prefixes) = paths {
            for prefix in prefixes where !((1...64).contains(prefix.utf8.count) && Hex.isLowercase(prefix)) {
                throw .malformedHashPrefix(prefix)
            }
        }
        self.name = name
        self.keys = keys
        self.terminating = terminating
        self.paths = paths
        self.unrecognized = unrecognized
    }

    init(json: JSONValue) throws(MetadataError) {
        var fields = try Fields(json, field: "roles")
        let name = try RoleName(try fields.string("name"))
        let keys = try RoleKeys(readingFrom: &fields, keepingRest: false)
        let terminating = try fields.bool("terminating")
        let paths: Paths
        switch (try fields.optionalStrings("paths"), try fields.optionalStrings("path_hash_prefixes")) {
        case (.some(let patterns), .none): paths = .patterns(patterns.map { PathPattern($0) })
        case (.none, .some(let prefixes)): paths = .hashPrefixes(prefixes)
        case (.none, .none), (.some, .some): throw .ambiguousPaths(name)
        }
        try self.init(
            name: name, keys: keys, terminating: terminating, paths: paths, unrecognized: fields.unrecognized)
    }

    package var json: JSONObject {
        var object = unrecognized.merging(keys.json)
        object["name"] = .string(name.text)
        object["terminating"] = .bool(terminating)
        switch paths {
        case .patterns(let patterns): object["paths"] = .array(patterns.map { .string($0.text) })
        case .hashPrefixes(let prefixes): object["path_hash_prefixes"] = .array(prefixes.map { .string($0) })
        }
        return object
    }

    /// Whether the role is trusted with `path`.
    package func covers(_ path: TargetPath) -> Bool { covers(SplitPath(path)) }

    func covers(_ path: SplitPath) -> Bool {
        switch paths {
        case .patterns(let patterns): patterns.contains { $0.matches(segments: path.segments) }
        case .hashPrefixes(let prefixes): prefixes.contains { path.digestHex.hasPrefix($0) }
        }
    }
}

/// A target path, prepared for being matched many times.
struct SplitPath {
    let segments: [[Unicode.Scalar]]
    let digestHex: String

    init(_ path: TargetPath) {
        segments = PathPattern.split(path.text)
        digestHex = Hex.encode(path.digest)
    }
}

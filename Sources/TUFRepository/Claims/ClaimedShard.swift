package import TUF

/// A share of the project names that there are: all that begin alike, or one.
package enum NameCell: Hashable, Sendable {
    /// `re` is `re*/*`; the empty prefix is `*/*`.
    case prefix(String)
    /// `r` is `r/*`.
    case exact(String)

    var text: String {
        switch self {
        case .prefix(let text), .exact(let text): text
        }
    }

    package var pattern: PathPattern {
        switch self {
        case .prefix(let text): PathPattern("\(text)*/*")
        case .exact(let text): PathPattern("\(text)/*")
        }
    }

    /// - Returns: nil for a pattern that is no cell's.
    init?(_ pattern: PathPattern) {
        guard pattern.text.hasSuffix("/*") else { return nil }
        let name = pattern.text.dropLast(2)
        let text = name.hasSuffix("*") ? name.dropLast() : name
        guard text.utf8.allSatisfy(Self.isNameByte), name != "" else { return nil }
        self = name.hasSuffix("*") ? .prefix(String(text)) : .exact(String(text))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// A role below `claimed` that has some of its projects.
package struct ClaimedShard: Hashable, Sendable {
    /// ≥ 1; never used again.
    package let number: Int
    /// In order of their texts; none covers a name that another covers.
    package var cells: [NameCell]

    package var role: RoleName {
        get throws(MetadataError) { try RoleName("\(Self.prefix)\(number)") }
    }

    private static let prefix = "claimed-"

    init(number: Int, cells: [NameCell]) {
        self.number = number
        self.cells = cells
    }

    /// - Returns: nil for a role that is no shard's.
    package static func number(of role: RoleName) -> Int? {
        guard role.text.hasPrefix(prefix), let number = Int(role.text.dropFirst(prefix.count)), number >= 1,
            role.text == "\(prefix)\(number)"
        else { return nil }
        return number
    }
}

/// Names by shard, in which the cells of several shards are looked up at once.
struct ShardMap {
    private var exact: [String: Int] = [:]
    private var prefixes: [String: Int] = [:]

    init(_ shards: [ClaimedShard]) {
        for (position, shard) in shards.enumerated() {
            for cell in shard.cells {
                switch cell {
                case .prefix(let text): prefixes[text] = position
                case .exact(let text): exact[text] = position
                }
            }
        }
    }

    /// - Returns: the position of the shard that covers the name.
    func position(of name: String) -> Int? {
        if let position = exact[name] { return position }
        var end = name.startIndex
        while true {
            if let position = prefixes[String(name[..<end])] { return position }
            guard end < name.endIndex else { return nil }
            end = name.index(after: end)
        }
    }
}

/// A JSON object: members with unique keys, kept in canonical order (that of the keys' UTF-8 bytes,
/// which is the order of their code points).
package struct JSONObject: Sendable {
    package typealias Member = (key: String, value: JSONValue)

    /// The members in canonical order.
    package private(set) var members: [Member]

    package init() { members = [] }

    /// - Parameter members: in any order; of two with one key the later is kept.
    package init(_ members: [(String, JSONValue)]) {
        self.members = []
        self.members.reserveCapacity(members.count)
        var isSorted = true
        for (key, value) in members {
            if let last = self.members.last, !last.key.precedesInUTF8(key) { isSorted = false }
            self.members.append((key: key, value: value))
        }
        if !isSorted { sortKeepingLast() }
    }

    package init(_ members: [String: JSONValue]) {
        self.init(members.map { ($0.key, $0.value) })
    }

    /// - Parameter sorted: members already in canonical order and without duplicates.
    init(sorted: [Member]) { members = sorted }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    package subscript(key: String) -> JSONValue? {
        get {
            let (index, found) = position(of: key)
            return found ? members[index].value : nil
        }
        set {
            let (index, found) = position(of: key)
            switch (found, newValue) {
            case (true, .some(let value)): members[index].value = value
            case (true, .none): members.remove(at: index)
            case (false, .some(let value)): members.insert((key: key, value: value), at: index)
            case (false, .none): break
            }
        }
    }

    /// This object without the members that `keys` names.
    package func removing(_ keys: [String]) -> JSONObject {
        JSONObject(sorted: members.filter { member in !keys.contains { $0.hasSameUTF8(as: member.key) } })
    }

    /// This object with the members of `other`, which win over its own.
    package func merging(_ other: JSONObject) -> JSONObject {
        if other.isEmpty { return self }
        if isEmpty { return other }
        return JSONObject((members + other.members).map { ($0.key, $0.value) })
    }

    /// Where `key` is, or where it belongs.
    private func position(of key: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = low &+ (high &- low) / 2
            if members[middle].key.precedesInUTF8(key) { low = middle &+ 1 } else { high = middle }
        }
        return (low, low < members.count && members[low].key.hasSameUTF8(as: key))
    }

    private mutating func sortKeepingLast() {
        // Swift's sort is stable, so among equal keys the last given stays last.
        members.sort { $0.key.precedesInUTF8($1.key) }
        var unique: [Member] = []
        unique.reserveCapacity(members.count)
        for member in members {
            if let last = unique.last, last.key.hasSameUTF8(as: member.key) { unique.removeLast() }
            unique.append(member)
        }
        members = unique
    }
}

extension JSONObject: Sequence {
    package func makeIterator() -> IndexingIterator<[Member]> { members.makeIterator() }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count
            && zip(left.members, right.members).allSatisfy {
                $0.key.hasSameUTF8(as: $1.key) && $0.value == $1.value
            }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(members.count)
        for member in members {
            hasher.combine(member.key)
            hasher.combine(member.value)
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

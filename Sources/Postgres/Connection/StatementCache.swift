/// The prepared statements of one connection, by text and parameter types; the least recently used go first.
struct StatementCache {
    struct Key: Hashable {
        let text: String
        let types: [UInt32]
    }

    private struct Entry {
        let name: String
        var lastUse: Int
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses = 0
    private var names = 0

    /// - Parameter capacity: ≥ 1.
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// The name under which the server knows the statement.
    mutating func name(for key: Key) -> String? {
        guard let name = entries[key]?.name else { return nil }
        uses += 1
        entries[key]?.lastUse = uses
        return name
    }

    mutating func nextName() -> String {
        names += 1
        return "s\(names)"
    }

    mutating func insert(_ name: String, for key: Key) {
        uses += 1
        entries[key] = Entry(name: name, lastUse: uses)
    }

    /// Forgets a statement that the server no longer runs; its name is not used again.
    mutating func remove(_ key: Key) {
        entries[key] = nil
    }

    /// Makes room for one statement.
    ///
    /// - Returns: the name to deallocate, if one had to go.
    mutating func evictIfFull() -> String? {
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return nil }
        entries[oldest.key] = nil
        return oldest.value.name
    }
}

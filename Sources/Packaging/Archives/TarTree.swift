/// What the members of a tar archive unpack to, checked as they come: one top directory, no name twice where
/// that matters, and no link that leads out or that a later member would be written through.
struct TarTree {
    private struct Key: Hashable {
        let parent: Int
        let name: ArchivePath
    }

    private enum Node: Hashable {
        /// A directory no member names, but that others stand in.
        case implied
        case member(TarReader.Member.Kind)

        var isDirectory: Bool { self == .implied || self == .member(.directory) }
    }

    private(set) var topLevel: Substring?
    private let limit: Int
    /// By position; the first is the directory the archive is unpacked in.
    private var nodes: [Node] = [.implied]
    private var positions: [Key: Int] = [:]

    init(limits: ArchiveLimits) {
        limit = limits.maxEntries
    }

    /// Whether a file or a link has this path.
    func contains(file path: String) -> Bool {
        guard let components = ArchivePath(path).safeComponents, let node = node(at: components[...]) else {
            return false
        }
        return !nodes[node].isDirectory
    }

    /// - Throws: `.notOneTopLevelDirectory`, `.tar(.unsafeLink)`, `.tar(.duplicateMember)`.
    mutating func add(_ member: TarReader.Member) throws(ArchiveError) {
        let components = member.components
        guard let top = components.first, let name = components.last, topLevel == nil || topLevel == top,
            components.count > 1 || member.kind == .directory
        else { throw .notOneTopLevelDirectory }
        topLevel = top

        var parent = 0
        for component in components.dropLast() {
            parent = try place(.implied, Key(parent: parent, name: ArchivePath(String(component))))
            // Nothing may stand below a link or a file.
            guard nodes[parent].isDirectory else { throw .tar(.unsafeLink(member.path.text)) }
        }
        let key = Key(parent: parent, name: ArchivePath(String(name)))
        if let existing = positions[key] { try checkRepetition(of: nodes[existing], by: member) }
        switch member.kind {
        case .file, .directory: break
        case .symbolicLink: try checkSymbolicLink(member)
        case .hardLink: try checkHardLink(member)
        }
        nodes[try place(.implied, key)] = .member(member.kind)
    }

    /// Unpacking twice is harmless for files and directories: the last wins everywhere. The metadata, though,
    /// must be unmistakable.
    private func checkRepetition(of existing: Node, by member: TarReader.Member) throws(ArchiveError) {
        let isHarmless =
            switch (existing, member.kind) {
            case (.implied, .directory), (.member(.directory), .directory): true
            case (.member(.file), .file): member.components.count != 2 || member.components[1] != "PKG-INFO"
            case (.implied, _), (.member, _): false
            }
        guard isHarmless else { throw .tar(.duplicateMember(member.path.text)) }
    }

    /// The target must be relative, climb only at its start, and stay in the top directory. As no member stands
    /// below a link, the climb starts from where the link appears to be.
    private func checkSymbolicLink(_ member: TarReader.Member) throws(ArchiveError) {
        let parts = member.target.utf8.split(
            separator: UInt8(character: "/"), omittingEmptySubsequences: false
        )
        .map { Substring($0) }
        let climb = parts.prefix { $0 == ".." }.count
        let depthBelowTop = member.components.count - 2
        guard parts.first?.isEmpty == false, climb <= depthBelowTop, !parts.dropFirst(climb).contains(".."),
            !member.target.utf8.contains(UInt8(character: "\\")), !member.target.utf8.contains(0)
        else { throw .tar(.unsafeLink(member.path.text)) }
    }

    /// The target is named from the top of the archive, and must be a file that came before.
    private func checkHardLink(_ member: TarReader.Member) throws(ArchiveError) {
        guard let components = ArchivePath(member.target).safeComponents,
            let target = node(at: components[...]), nodes[target] == .member(.file)
        else { throw .tar(.unsafeLink(member.path.text)) }
    }

    private func node(at components: ArraySlice<Substring>) -> Int? {
        var position = 0
        for component in components {
            guard let next = positions[Key(parent: position, name: ArchivePath(String(component)))] else {
                return nil
            }
            position = next
        }
        return position
    }

    /// - Returns: the position of the node that has this key already, or of a new one.
    private mutating func place(_ node: Node, _ key: Key) throws(ArchiveError) -> Int {
        if let existing = positions[key] { return existing }
        // As many directories again as members: each could have one of its own.
        guard nodes.count <= 2 * limit else { throw .tar(.tooManyMembers(limit: limit)) }
        positions[key] = nodes.count
        nodes.append(node)
        return nodes.count - 1
    }
}

/// Reads a tar.gz member by member, and refuses what readers would understand differently or unpack outside
/// of their directory.
///
/// - Source: POSIX pax interchange format; GNU long names; Warehouse refuses sparse members.
struct TarReader {
    struct Member: Hashable {
        enum Kind: Hashable { case file, directory, hardLink, symbolicLink }

        /// Without a slash at the end.
        let path: ArchivePath
        let components: [Substring]
        let kind: Kind
        /// Where a link leads.
        let target: String
        /// Bytes.
        let size: Int
    }

    private let limits: ArchiveLimits
    private var source: GzipReader
    /// Bytes of the current member that have not been read, and the padding after them.
    private var unread = 0
    private var padding = 0
    private var members = 0
    private var nameBytes = 0
    private var isAtStart = true

    /// Our limit for a pax header or a GNU long name.
    private static let maxHeaderBytes = 1 << 20

    /// - Throws: `.notTar` unless the file is gzip and its content starts like a tar archive.
    init(file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) {
        guard try Self.isPresent(in: file, limits: limits), try file.read(at: 0, upTo: 2) == GzipReader.magic
        else { throw .notTar }
        self.limits = limits
        source = try GzipReader(file: file, limits: limits)
    }

    /// Whether a lenient reader would take the file for a tar archive, plain or gzipped.
    static func isPresent(in file: ArchiveFile, limits: ArchiveLimits) throws(ArchiveError) -> Bool {
        guard try file.read(at: 0, upTo: 2) == GzipReader.magic else {
            return TarHeader.isPlausible(try file.read(at: 0, upTo: TarHeader.blockBytes)[...])
        }
        do throws(ArchiveError) {
            var source = try GzipReader(file: file, limits: limits)
            let block = try source.read(TarHeader.blockBytes)
            // An empty archive is a tar archive too.
            return TarHeader.isPlausible(block) || (!block.isEmpty && block.allSatisfy { $0 == 0 })
        } catch {
            if case .unreadable = error { throw error }
            return false
        }
    }

    /// The next member, after passing over what is left of the current one.
    ///
    /// - Returns: nil after the last; then nothing but zeros follows.
    mutating func next() throws(ArchiveError) -> Member? {
        guard try source.skip(unread + padding) else { throw .tar(.truncated) }
        (unread, padding) = (0, 0)
        var pax: PaxRecords?
        var longName: [UInt8]?
        var longLink: [UInt8]?
        while true {
            let block = try source.read(TarHeader.blockBytes)
            let isLast = block.allSatisfy { $0 == 0 }
            if isLast, block.isEmpty || block.count == TarHeader.blockBytes {
                guard pax == nil, longName == nil, longLink == nil, !isAtStart else {
                    throw .tar(isAtStart ? .truncated : .malformedHeader)
                }
                try expectZeros()
                return nil
            }
            isAtStart = false
            let header = try TarHeader(block)
            switch header.kind {
            case .extended:
                guard pax == nil else { throw .tar(.ambiguousHeader("extended header")) }
                pax = try PaxRecords(try content(of: header))
            case .globalExtended:
                guard try !PaxRecords(try content(of: header)).describesMember else {
                    throw .tar(.ambiguousHeader("global header"))
                }
            case .longName:
                guard longName == nil else { throw .tar(.ambiguousHeader("name")) }
                longName = Array(try content(of: header).prefix { $0 != 0 })
            case .longLink:
                guard longLink == nil else { throw .tar(.ambiguousHeader("link name")) }
                longLink = Array(try content(of: header).prefix { $0 != 0 })
            case .sparse: throw .tar(.sparseMember)
            case .file, .directory, .hardLink, .symbolicLink, .other:
                return try member(header, pax, longName: longName, longLink: longLink)
            }
        }
    }

    /// The content of the current member.
    ///
    /// - Returns: nil when it is more than `limit` bytes.
    mutating func content(limit: Int) throws(ArchiveError) -> [UInt8]? {
        guard unread <= limit else { return nil }
        let bytes = try source.read(unread)
        guard bytes.count == unread else { throw .tar(.truncated) }
        unread = 0
        return Array(bytes)
    }

    private mutating func member(
        _ header: TarHeader, _ pax: PaxRecords?, longName: [UInt8]?, longLink: [UInt8]?
    ) throws(ArchiveError) -> Member {
        guard pax?.path == nil || longName == nil else { throw .tar(.ambiguousHeader("name")) }
        guard pax?.linkPath == nil || longLink == nil else { throw .tar(.ambiguousHeader("link name")) }
        let (path, components) = try safePath(pax?.path ?? longName ?? header.name)
        let target = try text(pax?.linkPath ?? longLink ?? header.linkName)
        let kind = try Self.memberKind(header.kind, path)

        if let size = pax?.size, size != header.size {
            // Only a size the header cannot hold may be told elsewhere; readers that ignore one would go astray.
            guard header.size == 0, size >= 1 << 33 else { throw .tar(.ambiguousHeader("size")) }
        }
        let size = pax?.size ?? header.size
        guard kind == .file || size == 0 else { throw .tar(.ambiguousHeader("size")) }
        guard size <= limits.maxExpandedBytes else { throw .expandsBeyond(limit: limits.maxExpandedBytes) }
        (unread, padding) = (size, Self.padding(after: size))
        return Member(path: path, components: components, kind: kind, target: target, size: size)
    }

    private static func memberKind(_ kind: TarHeader.Kind, _ path: ArchivePath) throws(ArchiveError)
        -> Member.Kind
    {
        switch kind {
        case .file: return .file
        case .directory: return .directory
        case .hardLink: return .hardLink
        case .symbolicLink: return .symbolicLink
        case .extended, .globalExtended, .longName, .longLink, .sparse, .other:
            throw .tar(.unsupportedMember(path.text))
        }
    }

    private mutating func safePath(_ name: [UInt8]) throws(ArchiveError) -> (ArchivePath, [Substring]) {
        let full = try text(name)
        members += 1
        nameBytes += name.count
        guard members <= limits.maxEntries, nameBytes <= limits.maxNameBytes else {
            throw .tar(.tooManyMembers(limit: limits.maxEntries))
        }
        guard let components = ArchivePath(full).safeComponents else { throw .tar(.unsafeName(full)) }
        return (ArchivePath(components.joined(separator: "/")), components)
    }

    private func text(_ bytes: [UInt8]) throws(ArchiveError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .tar(.nameNotUnicode) }
        return text
    }

    /// Reads the data of a header that describes the next one.
    private mutating func content(of header: TarHeader) throws(ArchiveError) -> ArraySlice<UInt8> {
        guard header.size <= Self.maxHeaderBytes else {
            throw .tar(.headerTooLarge(limit: Self.maxHeaderBytes))
        }
        let bytes = try source.read(header.size)
        guard bytes.count == header.size, try source.skip(Self.padding(after: header.size)) else {
            throw .tar(.truncated)
        }
        return bytes
    }

    private mutating func expectZeros() throws(ArchiveError) {
        while true {
            let bytes = try source.read(Inflater.chunkBytes)
            if bytes.isEmpty { return }
            guard bytes.allSatisfy({ $0 == 0 }) else { throw .tar(.trailingData) }
        }
    }

    private static func padding(after size: Int) -> Int {
        (TarHeader.blockBytes - size % TarHeader.blockBytes) % TarHeader.blockBytes
    }
}

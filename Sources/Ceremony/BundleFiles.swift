import Signing
import TUF
import TUFRepository

/// The files of a ceremony's bundle, by their path below it; nothing is verified yet.
struct BundleFiles {
    private var contents: [String: [UInt8]] = [:]

    init() {}

    subscript(path: String) -> [UInt8]? {
        get { contents[path] }
        set { contents[path] = newValue }
    }

    /// In order of their paths.
    var all: [(path: String, contents: [UInt8])] {
        contents.sorted { $0.key < $1.key }.map { (path: $0.key, contents: $0.value) }
    }

    func merging(_ other: BundleFiles) -> BundleFiles {
        var merged = self
        merged.contents.merge(other.contents) { $1 }
        return merged
    }

    static let manifest = "bundle.json"
    static let transcript = "transcript.txt"
    static let metadataFolder = "metadata"
    static let onlineKeys = "online-keys"
    static let offlineKeys = "offline-keys"
    static func metadata(_ name: String) -> String { "\(metadataFolder)/\(name)" }
    static func onlineKey(_ role: OnlineRole) -> String { "\(onlineKeys)/\(role.fileName)" }
    static func offlineKey(_ holder: HolderName) -> String { "\(offlineKeys)/\(holder.text).key" }

    /// From root down, as they are verified.
    static let metadataNames = [RoleName.root, .targets, .claimed, .unclaimed].map { "1.\($0.text).json" }

    /// Whether a bundle can have a file of this path: a closed list, since paths also come out of backups.
    static func isKnown(_ path: String) -> Bool {
        if [manifest, transcript].contains(path) || metadataNames.map(metadata).contains(path)
            || OnlineRole.allCases.map(onlineKey).contains(path)
        {
            return true
        }
        guard path.hasPrefix("\(offlineKeys)/"), path.hasSuffix(".key") else { return false }
        let name = path.dropFirst("\(offlineKeys)/".count).dropLast(".key".count)
        return (try? HolderName(String(name))) != nil
    }
}

extension BundleFiles {
    /// Reads what every bundle has, and the transcript where there is one. Offline keys are stored apart.
    init(reading directory: String) throws(CeremonyError) {
        try read(Self.manifest, below: directory, maxBytes: Self.maxTextBytes)
        for name in Self.metadataNames {
            try read(Self.metadata(name), below: directory, maxBytes: Self.maxMetadataBytes)
        }
        try readOnlineKeys(below: directory)
        if BundleWriter.isTaken("\(directory)/\(Self.transcript)") {
            try read(Self.transcript, below: directory, maxBytes: Self.maxTextBytes)
        }
    }

    mutating func readOnlineKeys(below directory: String) throws(CeremonyError) {
        for role in OnlineRole.allCases { try readKey(Self.onlineKey(role), below: directory) }
    }

    /// Adds the offline keys of those holders that are there.
    ///
    /// - Returns: these holders.
    mutating func readOfflineKeys(
        of holders: [HolderName], below directory: String
    ) throws(CeremonyError) -> [HolderName] {
        let there = holders.filter { BundleWriter.isTaken("\(directory)/\(Self.offlineKey($0))") }
        for holder in there { try readKey(Self.offlineKey(holder), below: directory) }
        return there
    }

    private mutating func readKey(_ path: String, below directory: String) throws(CeremonyError) {
        try read(path, below: directory, maxBytes: Self.maxKeyBytes, forbidding: .groupAndOthers)
    }

    private mutating func read(
        _ path: String, below directory: String, maxBytes: Int, forbidding: PrivateFile.Outsiders = .nobody
    ) throws(CeremonyError) {
        do {
            contents[path] = try PrivateFile.bytes(
                of: "\(directory)/\(path)", maxBytes: maxBytes, forbidding: forbidding)
        } catch {
            throw .signing(error)
        }
    }

    /// Our own limits.
    private static let maxTextBytes = 1 << 20
    private static let maxMetadataBytes = 512_000
    private static let maxKeyBytes = 8 * 1024
}

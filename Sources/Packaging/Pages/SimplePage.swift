/// What the simple API of any index says of one project, read from either of its forms.
///
/// Nothing is vouched for here: the page is another's word. What is kept is safe to render: filenames are plain
/// names of archives, each listed once, and hashes are hex. Links stay as written; ``url(of:at:)`` resolves them.
///
/// - Source: simple repository API, version 1.4 (PEP 503, 592, 629, 658, 691, 700, 714, 792).
package struct SimplePage: Hashable, Sendable {
    /// As the page spells it; nil in HTML, which does not tell.
    package let name: String?
    package let version: APIVersion
    /// Nil where the page names none, which means active.
    package let status: Status?
    /// As the page spells them; nil where it does not list them: before version 1.1, and in HTML.
    package let versions: [String]?
    /// In the page's order. What is no archive by its name is passed over, as pip does; and, which is our rule, a
    /// name that an earlier file has, and a file with a malformed hash, which no download could match.
    package let files: [File]
    /// HTML's `<base href>`, as written.
    package let base: String?

    init(
        name: String?, version: APIVersion, status: Status?, versions: [String]?, files: [File], base: String?
    ) {
        self.name = name
        self.version = version
        self.status = status
        self.versions = versions
        self.files = files
        self.base = base
    }

    /// The page with no other files than those that `isIncluded` holds for.
    package func filtered<Failure: Error>(
        _ isIncluded: (File) throws(Failure) -> Bool
    ) throws(Failure) -> SimplePage {
        var kept: [File] = []
        for file in files where try isIncluded(file) { kept.append(file) }
        return SimplePage(
            name: name, version: version, status: status, versions: versions, files: kept, base: base)
    }

    /// Where a file is.
    ///
    /// - Parameter pageURL: where the page itself came from, after redirects.
    /// - Returns: an absolute `http` or `https` URL without user information; nil if the page names no such.
    package func url(of file: File, at pageURL: String) -> String? {
        guard let base else { return URLReference.resolve(file.url, against: pageURL) }
        return URLReference.resolve(base, against: pageURL).flatMap {
            URLReference.resolve(file.url, against: $0)
        }
    }
}

extension SimplePage {
    /// A project's state (PEP 792).
    package struct Status: Hashable, Sendable {
        /// One of ``ProjectPage/Status/Marker`` or whatever comes after them.
        package let marker: String
        package let reason: String?
    }

    /// Whether `<url>.metadata` can be had (PEP 658, 714).
    package enum CoreMetadata: Hashable, Sendable {
        case absent
        /// Digests in hex by algorithm; empty where the page names none.
        case present(hashes: [String: String])
    }

    /// One file of a project.
    package struct File: Hashable, Sendable {
        /// At most 255 bytes, an archive by its extension; no separators, control characters or leading dot.
        package let filename: String
        /// As written, perhaps relative, its fragment included.
        package let url: String
        /// Digests in lower-case hex by algorithm (`sha256`).
        package let hashes: [String: String]
        /// As the page writes it; it may be no specifier at all.
        package let requiresPython: String?
        package let yanked: ProjectPage.Yanked
        package let coreMetadata: CoreMetadata
        /// Bytes, ≥ 0.
        package let size: Int?
        /// `2026-01-02T03:04:05.000006Z`; nil also where the page's text is no such moment.
        package let uploadTime: String?
    }

    /// What reading a page allows. All limits are our own.
    package struct Limits: Hashable, Sendable {
        package let maxBytes: Int
        package let maxFiles: Int
        /// The longest name, link, reason and the like, in bytes.
        package let maxTextBytes: Int

        package init(maxBytes: Int = 128 << 20, maxFiles: Int = 100_000, maxTextBytes: Int = 32 << 10) {
            self.maxBytes = maxBytes
            self.maxFiles = maxFiles
            self.maxTextBytes = maxTextBytes
        }

        package static let `default` = Limits()
    }

    /// The edition of the API that a page follows, `1.<minor>`.
    ///
    /// - Source: PEP 629: another major version must be refused, a later minor one need not.
    package struct APIVersion: Hashable, Comparable, Sendable {
        package let minor: Int

        init(minor: Int) { self.minor = minor }

        /// - Throws: `.malformedVersion`, `.unsupportedVersion`.
        init(_ text: String) throws(SimplePageError) {
            let parts = text.utf8.split(separator: UInt8(character: "."), omittingEmptySubsequences: false)
            guard parts.count == 2,
                parts.allSatisfy({ (1...9).contains($0.count) && $0.allSatisfy(\.isDigit) }),
                let major = Int(Substring(parts[0])), let minor = Int(Substring(parts[1]))
            else { throw .malformedVersion(text) }
            guard major == 1 else { throw .unsupportedVersion(text) }
            self.minor = minor
        }

        /// What a page without a version follows.
        static let first = APIVersion(minor: 0)

        package static func < (left: APIVersion, right: APIVersion) -> Bool { left.minor < right.minor }
    }
}

/// Collects the files of a page that are worth keeping.
struct SimpleFileList {
    private let limit: Int
    private(set) var files: [SimplePage.File] = []
    private var names: Set<String> = []

    init(limit: Int) { self.limit = limit }

    /// Adds a file unless its name is taken.
    ///
    /// - Throws: `.tooManyFiles`.
    mutating func add(_ file: SimplePage.File) throws(SimplePageError) {
        guard names.insert(file.filename).inserted else { return }
        guard files.count < limit else { throw .tooManyFiles(limit: limit) }
        files.append(file)
    }
}

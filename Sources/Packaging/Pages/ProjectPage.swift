/// The page of a project in the simple API, from which both representations are rendered.
///
/// Equal pages render to equal bytes: files are in order of version and filename, whatever order they came in.
/// Links are relative, so the same bytes serve under any host and prefix.
///
/// - Source: simple repository API, version 1.4; the shape is Warehouse's, which consumers match by pattern.
package struct ProjectPage: Hashable, Sendable {
    package let name: ProjectName
    /// Of the project's last change; nil on a page that is signed before it becomes public.
    package let serial: Int?
    package let status: Status
    /// In order of version, then filename.
    package let files: [File]
    /// In order, without repetition; at least those of `files`.
    package let versions: [Version]

    /// - Parameter versions: releases to list besides those of `files`.
    package init(name: ProjectName, serial: Int?, status: Status, files: [File], versions: [Version] = []) {
        self.name = name
        self.serial = serial
        self.status = status
        self.files = files.sorted {
            // Equal versions may be spelled differently (1.0 and 1.0.0); filenames decide.
            if $0.version != $1.version { return $0.version < $1.version }
            return $0.filename.utf8.lexicographicallyPrecedes($1.filename.utf8)
        }
        var listed: [Version] = []
        let all = (versions + self.files.map(\.version)).sorted {
            $0 == $1 ? $0.description < $1.description : $0 < $1
        }
        for version in all where listed.last != version {
            listed.append(version)
        }
        self.versions = listed
    }
}

extension ProjectPage {
    /// A project's state (PEP 792).
    package struct Status: Hashable, Sendable {
        package enum Marker: String, Hashable, Sendable, CaseIterable {
            case active, archived, quarantined, deprecated
        }

        package let marker: Marker
        package let reason: String?

        package static let active = Status(.active)

        package init(_ marker: Marker, reason: String? = nil) {
            self.marker = marker
            self.reason = reason
        }
    }

    /// Whether installers should pass a file over (PEP 592).
    package enum Yanked: Hashable, Sendable {
        case no
        case yes(reason: String?)
    }

    /// One file of a project.
    package struct File: Hashable, Sendable {
        package let filename: String
        package let version: Version
        /// Below `/packages/`: `aa/bb/<60 hex digits>/<filename>`.
        package let path: String
        package let sha256Hex: String
        /// As the metadata writes it.
        package let requiresPython: String?
        /// Bytes.
        package let size: Int
        /// Microseconds since 1970.
        package let uploadTime: Int
        package let yanked: Yanked
        /// SHA-256 of what `<url>.metadata` serves; nil when nothing is served there.
        package let coreMetadataSha256Hex: String?
        /// Absolute URL of the attestations.
        package let provenance: String?

        package init(
            filename: String, version: Version, path: String, sha256Hex: String, requiresPython: String?,
            size: Int, uploadTime: Int, yanked: Yanked = .no, coreMetadataSha256Hex: String? = nil,
            provenance: String? = nil
        ) {
            self.filename = filename
            self.version = version
            self.path = path
            self.sha256Hex = sha256Hex
            self.requiresPython = requiresPython
            self.size = size
            self.uploadTime = uploadTime
            self.yanked = yanked
            self.coreMetadataSha256Hex = coreMetadataSha256Hex
            self.provenance = provenance
        }

        /// Relative to the page at `/simple/<project>/`.
        package var url: String { "../../packages/" + percentEncodedPath(path) }
    }
}

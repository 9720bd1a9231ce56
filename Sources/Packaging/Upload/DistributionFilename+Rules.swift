/// The rules for the name of a file that comes in.
///
/// - Source: Warehouse, `forklift/legacy.py`; PEP 427, PEP 625.
extension DistributionFilename {
    /// Our limit: with `.metadata` after it, a filename must fit a directory entry of 255 bytes.
    package static let maxFilenameBytes = 246

    /// Checks the name on its own, before anything is stored: its characters, extension and length.
    package static func check(_ filename: String, as fileType: FileType) throws(UploadRefusal) {
        if filename.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw UploadRefusal(
                message: "Cannot upload a file with non-printable characters (ordinals 0-31) "
                    + "or the DEL character (ordinal 127) in the name.")
        }
        if filename.utf8.contains(where: { $0 == "/" || $0 == "\\" }) {
            throw UploadRefusal(message: #"Cannot upload a file with '/' or '\' in the name."#)
        }
        let folded = filename.lowercased()
        guard let known = Self.extensions.first(where: { folded.hasSuffix($0) && folded != $0 }) else {
            throw UploadRefusal(
                message: "Invalid file extension: Use .tar.gz, .whl or .zip extension. "
                    + "See https://www.python.org/dev/peps/pep-0527 "
                    + "and https://peps.python.org/pep-0715/ for more information")
        }
        let written = String(filename.suffix(known.count))
        let isForFileType = fileType == .wheel ? written == ".whl" : [".tar.gz", ".zip"].contains(written)
        guard isForFileType else {
            throw UploadRefusal(
                message: "Invalid file extension: Extension \(written) is invalid for filetype "
                    + "\(fileType.rawValue). See https://www.python.org/dev/peps/pep-0527 for more information."
            )
        }
        guard filename.utf8.count <= Self.maxFilenameBytes else {
            throw UploadRefusal(message: "Filename is too long: '\(filename)'")
        }
    }

    /// Checks that the name is the one the release's file must have.
    ///
    /// - Parameter project: as it is registered; the form's name may be another spelling.
    package init(
        checking filename: String, as fileType: FileType, project: ProjectName, version: Version,
        policy: UploadPolicy = UploadPolicy()
    ) throws(UploadRefusal) {
        try Self.check(filename, as: fileType)
        switch fileType {
        case .sdist: self = .sdist(try Self.checkedSdist(filename, project, version))
        case .wheel: self = .wheel(try Self.checkedWheel(filename, project, version, policy))
        }
    }

    private static let extensions = [".tar.gz", ".zip", ".whl"]

    private static func checkedSdist(
        _ filename: String, _ project: ProjectName, _ version: Version
    ) throws(UploadRefusal) -> SdistFilename {
        let expected = SdistFilename.expected(project: project, version: version)
        if filename == expected, let sdist = try? SdistFilename(filename) { return sdist }
        guard Self.namesProject(filename, project, version: version) else {
            throw Self.wrongStart(project)
        }
        throw UploadRefusal(
            message:
                "Filename \(PythonText.repr(filename)) is invalid, should be \(PythonText.repr(expected)).")
    }

    /// Whether what stands before the version is the project, however spelled. The version of a post release may
    /// have a dash of its own.
    private static func namesProject(_ filename: String, _ project: ProjectName, version: Version) -> Bool {
        var stem = Array(filename.utf8)[...]
        for _ in 1...(version.isPostrelease ? 2 : 1) {
            guard let dash = stem.lastIndex(of: UInt8(character: "-")) else { return false }
            stem = stem[..<dash]
            if ProjectName.normalize(Array(stem)) == project.normalized { return true }
        }
        return false
    }

    private static func checkedWheel(
        _ filename: String, _ project: ProjectName, _ version: Version, _ policy: UploadPolicy
    ) throws(UploadRefusal) -> WheelFilename {
        let wheel: WheelFilename
        do throws(PackagingError) {
            wheel = try WheelFilename(filename)
        } catch {
            throw UploadRefusal(message: error.description)
        }
        for tag in wheel.unsupportedPlatformTags
        where !(policy.allowsPlainLinuxWheels && PlatformTag.isPlainLinux(tag)) {
            throw UploadRefusal(
                message: "Binary wheel '\(filename)' has an unsupported platform tag '\(tag)'.")
        }
        guard wheel.project == project else { throw Self.wrongStart(project) }
        guard wheel.projectComponent == project.filenameComponent else {
            throw UploadRefusal(
                message: "Filename \(PythonText.repr(filename)) should contain the normalized project name "
                    + "\(PythonText.repr(project.filenameComponent)), "
                    + "not \(PythonText.repr(wheel.projectComponent)).")
        }
        guard wheel.version == version else {
            throw UploadRefusal(
                message: "Version in filename should be \(PythonText.repr(version.description)) "
                    + "not \(PythonText.repr(wheel.version.description)).")
        }
        return wheel
    }

    private static func wrongStart(_ project: ProjectName) -> UploadRefusal {
        UploadRefusal(
            message: "Start filename for \(PythonText.repr(project.display)) "
                + "with \(PythonText.repr(project.filenameComponent)).")
    }
}

/// What an uploaded file claims to be, and what must hold of its name and metadata.
struct InspectedUpload {
    let filename: String
    /// As the index spells it.
    let project: ProjectName
    let version: Version

    /// Why the filename is not this release's source distribution; nil if it is.
    ///
    /// - Source: Warehouse; PEP 625.
    func sdistNameFault() -> UploadRefusal? {
        guard let parsed = try? SdistFilename(filename) else {
            return UploadRefusal(message: "Invalid source distribution filename: \(filename)")
        }
        if parsed.project != project, !nameMatchesWithHyphenatedPostRelease {
            return startFilename()
        }
        let expected = SdistFilename.expected(project: project, version: version)
        guard filename == expected else {
            return UploadRefusal(
                message:
                    "Filename \(PythonText.repr(filename)) is invalid, should be \(PythonText.repr(expected))."
            )
        }
        return nil
    }

    /// A post-release may be spelled `1.0-1`; then the name ends at the last hyphen but one.
    private var nameMatchesWithHyphenatedPostRelease: Bool {
        guard version.isPostrelease else { return false }
        let parts = filename.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return false }
        let name = try? ProjectName(parts.dropLast(2).joined(separator: "-"))
        return name == project
    }

    /// Why the filename is not one of this release's wheels; nil if it is.
    func wheelNameFault(_ wheel: WheelFilename) -> UploadRefusal? {
        for platform in wheel.platformTags where !WheelPlatform.isSupported(platform) {
            return UploadRefusal(
                message: "Binary wheel '\(filename)' has an unsupported platform tag '\(platform)'.")
        }
        if wheel.project != project { return startFilename() }
        guard wheel.projectComponent == project.filenameComponent else {
            return UploadRefusal(
                message: "Filename \(PythonText.repr(filename)) should contain the normalized project name "
                    + "\(PythonText.repr(project.filenameComponent)), not \(PythonText.repr(wheel.projectComponent))."
            )
        }
        guard wheel.version == version else {
            return UploadRefusal(
                message: "Version in filename should be \(PythonText.repr(version.description)) not "
                    + "\(PythonText.repr(wheel.version.description)).")
        }
        return nil
    }

    private func startFilename() -> UploadRefusal {
        UploadRefusal(
            message: "Start filename for \(PythonText.repr(project.display)) with "
                + "\(PythonText.repr(project.filenameComponent)).")
    }

    /// Reads the metadata found in the archive and holds it against the release.
    ///
    /// Beyond Warehouse, which believes the upload form alone.
    func readMetadata(_ bytes: [UInt8], path: String) throws(UploadRefusal) -> CoreMetadata {
        let metadata: CoreMetadata
        do throws(PackagingError) {
            metadata = try CoreMetadata(parsing: bytes)
        } catch {
            throw UploadRefusal(message: "Invalid distribution file. \(quoted(path)) is not valid: \(error)")
        }
        guard metadata.name == project else {
            throw disagreement(path, "Name", metadata.name.display, project.display)
        }
        guard metadata.version == version else {
            throw disagreement(path, "Version", metadata.version.description, version.description)
        }
        return metadata
    }

    private func disagreement(
        _ path: String, _ field: String, _ actual: String, _ expected: String
    ) -> UploadRefusal {
        UploadRefusal(
            message: "Invalid distribution file. \(field) in \(quoted(path)) should be "
                + "\(PythonText.repr(expected)) not \(PythonText.repr(actual)).")
    }

    /// Refuses metadata that names licence files the archive lacks. Older versions of the metadata had the field
    /// without a rule for where the files are.
    ///
    /// - Source: PEP 639.
    func checkLicenseFiles(
        of metadata: CoreMetadata, under directory: String, contains: (String) -> Bool
    ) throws(UploadRefusal) {
        guard !["1.0", "1.1", "1.2", "2.1", "2.2", "2.3"].contains(metadata.metadataVersion) else { return }
        for file in metadata.licenseFiles {
            let path = "\(directory)/\(file)"
            guard contains(path) else {
                throw UploadRefusal(
                    message: "License-File \(file) does not exist in distribution file \(filename) at \(path)"
                )
            }
        }
    }
}

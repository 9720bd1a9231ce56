/// What a distribution's metadata must say, given its filename.
extension DistributionFilename {
    /// Reads the metadata found in the archive and holds it against the filename.
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
                    message: "License-File \(file) does not exist in distribution file \(text) at \(path)")
            }
        }
    }
}

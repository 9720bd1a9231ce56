/// Looks into an uploaded file and refuses it unless it is what its filename says.
///
/// Reads through a descriptor in bounded memory and unpacks nothing to disk. The order of the checks and the
/// wording of refusals are Warehouse's wherever Warehouse has the check.
package struct DistributionInspector: Sendable {
    package let limits: ArchiveLimits
    package let recordPolicy: RecordPolicy

    package init(limits: ArchiveLimits = .default, recordPolicy: RecordPolicy = .refuse) {
        self.limits = limits
        self.recordPolicy = recordPolicy
    }

    /// Inspects a file.
    ///
    /// Blocks while it reads and expands the whole archive.
    ///
    /// - Parameters:
    ///   - descriptor: of the file, open for reading; only read by position, and stays the caller's.
    ///   - filename: as uploaded; `checkFilename` has accepted it for `fileType`.
    ///   - project: the project it is uploaded to, as the index spells it.
    ///   - version: the release it is uploaded to.
    /// - Throws: a refusal with status 400; 503 when reading fails on our side.
    package func inspect(
        descriptor: Int32, filename: String, fileType: FileType, project: ProjectName, version: Version
    ) throws(UploadRefusal) -> InspectedDistribution {
        let upload = InspectedUpload(filename: filename, project: project, version: version)
        let file = try reading { () throws(ArchiveError) in try ArchiveFile(descriptor: descriptor) }
        let isZip = try reading { () throws(ArchiveError) in try ZipDirectory.isPresent(in: file) }
        let isTar = try reading { () throws(ArchiveError) in try TarReader.isPresent(in: file, limits: limits)
        }
        if isZip && isTar { throw ArchiveError.bothZipAndTar.refusal }

        switch fileType {
        case .wheel:
            guard isZip else { throw ArchiveError.notZip.refusal }
            return try WheelInspection(upload, limits, recordPolicy).inspect(file)
        case .sdist where filename.hasSuffix(".zip"):
            guard isZip else { throw ArchiveError.notZip.refusal }
            // PEP 625 knows no name that ends in .zip, so this always refuses.
            throw upload.sdistNameFault() ?? ArchiveError.notTar.refusal
        case .sdist:
            guard isTar else { throw ArchiveError.notTar.refusal }
            return try SdistInspection(upload, limits).inspect(file)
        }
    }

    /// Checks what can be told from the filename alone.
    ///
    /// - Source: Warehouse, `_validate_filename`; PEP 527.
    package static func checkFilename(_ filename: String, fileType: FileType) throws(UploadRefusal) {
        guard filename.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw UploadRefusal(
                message: "Cannot upload a file with non-printable characters (ordinals 0-31) "
                    + "or the DEL character (ordinal 127) in the name.")
        }
        guard !filename.utf8.contains(where: { $0 == "/" || $0 == "\\" }) else {
            throw UploadRefusal(message: "Cannot upload a file with '/' or '\\' in the name.")
        }
        let known = [".tar.gz", ".zip", ".whl"]
        // As Warehouse: recognised in any case, but only accepted in lower case.
        let lowercased = filename.utf8.map(\.lowercased)
        guard
            let length = known.first(where: {
                lowercased.count > $0.utf8.count && lowercased.suffix($0.utf8.count).elementsEqual($0.utf8)
            })?.utf8.count
        else {
            throw UploadRefusal(
                message: "Invalid file extension: Use .tar.gz, .whl or .zip extension. "
                    + "See https://www.python.org/dev/peps/pep-0527 "
                    + "and https://peps.python.org/pep-0715/ for more information")
        }
        let ending = String(decoding: filename.utf8.suffix(length), as: UTF8.self)
        let allowed =
            switch fileType {
            case .sdist: [".tar.gz", ".zip"]
            case .wheel: [".whl"]
            }
        guard allowed.contains(ending) else {
            throw UploadRefusal(
                message:
                    "Invalid file extension: Extension \(ending) is invalid for filetype \(fileType.rawValue). "
                    + "See https://www.python.org/dev/peps/pep-0527 for more information.")
        }
    }
}

extension ArchiveError {
    /// As the uploader is told.
    package var refusal: UploadRefusal {
        switch self {
        case .unreadable:
            UploadRefusal(status: 503, message: "The uploaded file could not be read. Try again later.")
        case .notZip, .notTar, .bothZipAndTar, .compressionRatio, .expandsBeyond, .unsupportedCompression,
            .zip,
            .tar, .unsplittableWheelName, .notOneTopLevelDirectory, .missing, .metadataTooLarge,
            .severalMetadataDirectories:
            UploadRefusal(message: "Invalid distribution file. \(reason)")
        }
    }
}

/// Runs what reads an archive; its errors become refusals.
func reading<Result>(_ body: () throws(ArchiveError) -> Result) throws(UploadRefusal) -> Result {
    do throws(ArchiveError) {
        return try body()
    } catch {
        throw error.refusal
    }
}

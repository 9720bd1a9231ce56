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
    ///   - filename: checked to be the release's (``DistributionFilename/init(checking:as:project:version:policy:)``); the content
    ///     is held against its project and version.
    /// - Throws: a refusal with status 400; 503 when reading fails on our side.
    package func inspect(
        descriptor: Int32, filename: DistributionFilename
    ) throws(UploadRefusal) -> InspectedDistribution {
        let file = try reading { () throws(ArchiveError) in try ArchiveFile(descriptor: descriptor) }
        let isZip = try reading { () throws(ArchiveError) in try ZipDirectory.isPresent(in: file) }
        let isTar = try reading { () throws(ArchiveError) in try TarReader.isPresent(in: file, limits: limits)
        }
        if isZip && isTar { throw ArchiveError.bothZipAndTar.refusal }

        switch filename {
        case .wheel(let wheel):
            guard isZip else { throw ArchiveError.notZip.refusal }
            return try WheelInspection(wheel, limits, recordPolicy).inspect(file)
        case .sdist(let sdist):
            guard isTar else { throw ArchiveError.notTar.refusal }
            return try SdistInspection(sdist, limits).inspect(file)
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
            .tar, .notOneTopLevelDirectory, .missing, .metadataTooLarge, .severalMetadataDirectories:
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

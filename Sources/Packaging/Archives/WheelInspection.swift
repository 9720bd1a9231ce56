/// The inspection of one wheel.
struct WheelInspection {
    private let wheel: WheelFilename
    private let limits: ArchiveLimits
    private let recordPolicy: RecordPolicy

    init(_ wheel: WheelFilename, _ limits: ArchiveLimits, _ recordPolicy: RecordPolicy) {
        self.wheel = wheel
        self.limits = limits
        self.recordPolicy = recordPolicy
    }

    func inspect(_ file: ArchiveFile) throws(UploadRefusal) -> InspectedDistribution {
        let directory = wheel.metadataDirectory
        let archive = try reading { () throws(ArchiveError) in try open(file, metadataDirectory: directory) }

        let filename = DistributionFilename.wheel(wheel)
        let recordPath = "\(directory)/RECORD"
        guard let recordBytes = try content(recordPath, in: archive, limit: limits.maxRecordBytes),
            let record = WheelRecord(parsing: recordBytes)
        else { throw lacks("RECORD", recordPath) }
        if let entryPoints = try content("\(directory)/entry_points.txt", in: archive),
            !EntryPoints.areValid(entryPoints)
        {
            throw UploadRefusal(
                message:
                    "Wheel '\(wheel.text)' has invalid entry points defined in the entry_points.txt file"
            )
        }
        let metadataPath = "\(directory)/METADATA"
        guard let metadata = try content(metadataPath, in: archive) else {
            throw lacks("METADATA", metadataPath)
        }
        let core = try filename.readMetadata(metadata, path: metadataPath)
        try filename.checkLicenseFiles(of: core, under: "\(directory)/licenses") { path in
            archive.entry(ArchivePath(path)) != nil
        }
        let mismatch = try checkContents(of: archive, against: record, recordPath: recordPath)
        return InspectedDistribution(
            filename: filename, metadata: metadata, coreMetadata: core, recordMismatch: mismatch?.message
        )
    }

    private func open(_ file: ArchiveFile, metadataDirectory: String) throws(ArchiveError) -> ZipArchive {
        var archive = try ZipArchive(file: file, limits: limits)
        let wheelPath = "\(metadataDirectory)/WHEEL"
        guard archive.entry(ArchivePath(wheelPath)) != nil else {
            throw .missing(what: "WHEEL", path: wheelPath)
        }
        try archive.checkFraming()
        for entry in archive.directory.entries {
            // Installers refuse wheels in which they would have to choose.
            if let top = entry.name.safeComponents?.first, top != metadataDirectory,
                top.utf8.suffix(10).elementsEqual(".dist-info".utf8)
            {
                throw .severalMetadataDirectories
            }
        }
        return archive
    }

    /// - Returns: nil when the wheel has no such file.
    private func content(
        _ path: String, in archive: ZipArchive, limit: Int? = nil
    ) throws(UploadRefusal) -> [UInt8]? {
        guard let entry = archive.entry(ArchivePath(path)) else { return nil }
        let limit = limit ?? limits.maxMetadataBytes
        return try reading { () throws(ArchiveError) in
            guard let bytes = try archive.content(of: entry, limit: limit) else {
                throw .metadataTooLarge(path: path, limit: limit)
            }
            return bytes
        }
    }

    /// Expands every file once: checks its size and CRC, and its line in RECORD.
    private func checkContents(
        of archive: ZipArchive, against record: WheelRecord, recordPath: String
    ) throws(UploadRefusal) -> WheelRecord.Mismatch? {
        let exempt: Set<ArchivePath> = ["\(recordPath)", "\(recordPath).jws", "\(recordPath).p7s"]
        let files = archive.directory.entries.filter { !$0.isDirectory }
        var mismatch = record.compareNames(files: files.map(\.name), exempt: exempt)
        try refuse(mismatch)
        for entry in files {
            var check =
                exempt.contains(entry.name)
                ? nil : record.lines[entry.name].map { RecordedFileCheck(path: entry.name, line: $0) }
            try reading { () throws(ArchiveError) in try archive.stream(entry) { check?.update($0) } }
            if let fault = check?.finish() {
                try refuse(fault)
                mismatch = mismatch ?? fault
            }
        }
        return mismatch
    }

    private func refuse(_ mismatch: WheelRecord.Mismatch?) throws(UploadRefusal) {
        guard let mismatch, recordPolicy == .refuse else { return }
        throw UploadRefusal(
            message: "Invalid distribution file. Wheel '\(wheel.text)' does not match its RECORD: "
                + mismatch.message)
    }

    private func lacks(_ what: String, _ path: String) -> UploadRefusal {
        UploadRefusal(
            message: "Wheel '\(wheel.text)' does not contain the required \(what) file: \(path)")
    }
}

/// The inspection of one source distribution, a tar.gz.
struct SdistInspection {
    private let sdist: SdistFilename
    private let limits: ArchiveLimits

    init(_ sdist: SdistFilename, _ limits: ArchiveLimits) {
        self.sdist = sdist
        self.limits = limits
    }

    func inspect(_ file: ArchiveFile) throws(UploadRefusal) -> InspectedDistribution {
        let (tree, topLevel, metadata) = try reading { () throws(ArchiveError) in try read(file) }
        // Not Warehouse's rule but the format's. Older tools spell the name in the author's way, so compare
        // what it means.
        guard let top = try? SdistFilename("\(topLevel).tar.gz"), top.project == sdist.project,
            top.version == sdist.version
        else {
            throw UploadRefusal(
                message: "Invalid distribution file. Top-level directory \(quoted(topLevel)) should be "
                    + "\(PythonText.repr("\(sdist.project.filenameComponent)-\(sdist.version)")).")
        }
        let filename = DistributionFilename.sdist(sdist)
        let core = try filename.readMetadata(metadata, path: "\(topLevel)/PKG-INFO")
        try filename.checkLicenseFiles(of: core, under: topLevel) { tree.contains(file: $0) }
        return InspectedDistribution(
            filename: filename, metadata: metadata, coreMetadata: core, recordMismatch: nil)
    }

    /// Reads the archive to its end.
    private func read(
        _ file: ArchiveFile
    ) throws(ArchiveError) -> (TarTree, topLevel: String, metadata: [UInt8]) {
        var reader = try TarReader(file: file, limits: limits)
        var tree = TarTree(limits: limits)
        var metadata: [UInt8]?
        while let member = try reader.next() {
            try tree.add(member)
            guard member.kind == .file, member.components.count == 2, member.components[1] == "PKG-INFO"
            else {
                continue
            }
            guard let bytes = try reader.content(limit: limits.maxMetadataBytes) else {
                throw .metadataTooLarge(path: member.path.text, limit: limits.maxMetadataBytes)
            }
            metadata = bytes
        }
        guard let topLevel = tree.topLevel else { throw .notOneTopLevelDirectory }
        guard let metadata else { throw .missing(what: "PKG-INFO", path: "\(topLevel)/PKG-INFO") }
        return (tree, String(topLevel), metadata)
    }
}

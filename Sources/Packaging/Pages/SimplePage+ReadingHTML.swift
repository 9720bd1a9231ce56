extension SimplePage {
    /// Reads `text/html` or `application/vnd.pypi.simple.v1+html` in UTF-8.
    ///
    /// Every anchor on the page whose link ends in the name of an archive is a file, however broken the markup
    /// around it; filenames come from the links, never from the anchors' text. All this is as pip does it.
    ///
    /// - Throws: `.tooLarge`, `.tooManyFiles`, `.textTooLong`, `.notUTF8`, `.malformedVersion`,
    ///   `.unsupportedVersion`.
    package init(html bytes: [UInt8], limits: Limits = .default) throws(SimplePageError) {
        guard bytes.count <= limits.maxBytes else { throw .tooLarge(limit: limits.maxBytes) }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var version: APIVersion?
        var marker: String?
        var reason: String?
        var base: String?
        var list = SimpleFileList(limit: limits.maxFiles)
        var reader = HTMLTagReader(bytes, maxTextBytes: limits.maxTextBytes)
        while let tag = try reader.next() {
            switch tag.name {
            case "a":
                if let file = File(anchor: tag.attributes) { try list.add(file) }
            case "base":
                base = base ?? tag.attributes["href"]
            default:
                guard let content = tag.attributes["content"], !content.isEmpty else { continue }
                switch tag.attributes["name"] {
                case "pypi:repository-version": if version == nil { version = try APIVersion(content) }
                case "pypi:project-status": marker = marker ?? content
                case "pypi:project-status-reason": reason = reason ?? content
                default: break
                }
            }
        }
        self.init(
            name: nil, version: version ?? .first, status: marker.map { Status(marker: $0, reason: reason) },
            versions: nil, files: list.files, base: base)
    }
}

extension SimplePage.File {
    /// The file that an anchor links to; nil if it is none to keep.
    fileprivate init?(anchor attributes: [String: String]) {
        guard let url = attributes["href"] else { return nil }
        let reference = URLReference(trimming: url)
        guard let filename = reference.lastSegment, ArchiveName.isPlain(filename),
            let hashes = PageHashes.inFragment(reference.fragment ?? "")
        else { return nil }
        self.init(
            filename: filename, url: url, hashes: hashes,
            requiresPython: attributes["data-requires-python"].flatMap { $0.isEmpty ? nil : $0 },
            yanked: attributes["data-yanked"].map { .yes(reason: $0.isEmpty ? nil : $0) } ?? .no,
            coreMetadata: SimplePage.CoreMetadata(
                attribute: attributes["data-core-metadata"] ?? attributes["data-dist-info-metadata"]),
            size: nil, uploadTime: nil)
    }
}

extension SimplePage.CoreMetadata {
    /// Reads `true` or `<algorithm>=<hex>`. Anything else counts as absent: clients then read the file itself.
    fileprivate init(attribute text: String?) {
        guard let text else {
            self = .absent
            return
        }
        let (name, hex) = PageHashes.pair(text)
        if text == "true" {
            self = .present(hashes: [:])
        } else if let hex, let algorithm = PageHashes.algorithm(name),
            let digest = PageHashes.digest(hex, of: algorithm)
        {
            self = .present(hashes: [algorithm: digest])
        } else {
            self = .absent
        }
    }
}

extension SimplePage {
    /// The page as `application/vnd.pypi.simple.v1+html`, UTF-8, with other links.
    ///
    /// - Parameters:
    ///   - project: whose page it is.
    ///   - link: where a file is to be had, without a fragment: one hash is appended.
    package func html(for project: ProjectName, link: (File) -> String) -> [UInt8] {
        var writer = PageWriter()
        let version = min(version, .known)
        writer.openHTML(
            of: project, version: version.description, status: status.map { ($0.marker, $0.reason) })
        for file in files { writer.append(anchorOf: file, link: link(file)) }
        writer.closeHTML()
        return writer.bytes
    }

    /// The page as `application/vnd.pypi.simple.v1+json`, with other links.
    ///
    /// It claims the version it was read with, but none that would have to tell more than is known.
    ///
    /// - Parameters:
    ///   - project: whose page it is.
    ///   - link: where a file is to be had, without a fragment.
    package func json(for project: ProjectName, link: (File) -> String) -> [UInt8] {
        let isComplete = versions != nil && files.allSatisfy { $0.size != nil }
        let version = isComplete ? min(version, .known) : .first
        var writer = PageWriter()
        writer.append("{\"meta\":{\"api-version\":\"\(version)\"},\"name\":")
        writer.append(json: project.normalized)
        if let status {
            writer.append(",\"project-status\":")
            writer.append(statusObject: status.marker, reason: status.reason)
        }
        if let versions {
            writer.append(",\"versions\":")
            writer.append(arrayOf: versions) { $0.append(json: $1) }
        }
        writer.append(",\"files\":")
        writer.append(arrayOf: files) { $0.append(objectOf: $1, link: link($1)) }
        writer.append("}")
        return writer.bytes
    }
}

extension SimplePage.APIVersion: CustomStringConvertible {
    package var description: String { "1.\(minor)" }

    /// What we know; of a later page we drop what is new.
    fileprivate static let known = Self(minor: 4)
}

extension PageWriter {
    fileprivate mutating func append(anchorOf file: SimplePage.File, link: String) {
        append("    <a href=\"")
        append(html: link)
        for (algorithm, _) in PageHashes.known {
            guard let digest = file.hashes[algorithm] else { continue }
            append("#\(algorithm)=\(digest)")
            break
        }
        append("\"")
        if let requiresPython = file.requiresPython { append("data-requires-python", requiresPython) }
        switch file.yanked {
        case .no: break
        case .yes(let reason): append("data-yanked", reason ?? "")
        }
        switch file.coreMetadata {
        case .absent: break
        case .present(let hashes):
            let known = PageHashes.known.lazy.compactMap { algorithm, _ in
                hashes[algorithm].map { "\(algorithm)=\($0)" }
            }
            append("data-dist-info-metadata", known.first ?? "true")
            append("data-core-metadata", known.first ?? "true")
        }
        append(">")
        append(html: file.filename)
        append("</a><br />\n")
    }

    private mutating func append(_ attribute: String, _ value: String) {
        append(" \(attribute)=\"")
        append(html: value)
        append("\"")
    }

    fileprivate mutating func append(objectOf file: SimplePage.File, link: String) {
        append("{\"filename\":")
        append(json: file.filename)
        append(",\"url\":")
        append(json: link)
        append(",\"hashes\":")
        append(objectOf: file.hashes)
        append(",\"requires-python\":")
        append(json: file.requiresPython)
        if let size = file.size { append(",\"size\":\(size)") }
        if let uploadTime = file.uploadTime {
            append(",\"upload-time\":")
            append(json: uploadTime)
        }
        append(",\"yanked\":")
        append(json: file.yanked)
        for key in ["core-metadata", "data-dist-info-metadata"] {
            append(",\"\(key)\":")
            switch file.coreMetadata {
            case .absent: append("false")
            case .present(let hashes) where hashes.isEmpty: append("true")
            case .present(let hashes): append(objectOf: hashes)
            }
        }
        append("}")
    }

    private mutating func append(objectOf hashes: [String: String]) {
        append("{")
        for (index, hash) in hashes.sorted(by: { $0.key < $1.key }).enumerated() {
            if index > 0 { append(",") }
            append(json: hash.key)
            append(":")
            append(json: hash.value)
        }
        append("}")
    }
}

extension ProjectPage {
    /// The page as `application/vnd.pypi.simple.v1+json`.
    package func json() -> [UInt8] {
        var writer = PageWriter()
        writer.append("{\"meta\":{\"api-version\":\"\(SimpleAPI.version)\"")
        if let serial { writer.append(",\"_last-serial\":\(serial)") }
        writer.append("},\"name\":")
        writer.append(json: name.normalized)
        writer.append(",\"project-status\":")
        writer.append(statusObject: status.marker.rawValue, reason: status.reason)
        writer.append(",\"versions\":")
        writer.append(arrayOf: versions) { $0.append(json: $1.description) }
        writer.append(",\"files\":")
        writer.append(arrayOf: files) { $0.append(objectOf: $1) }
        writer.append("}")
        return writer.bytes
    }
}

extension PageWriter {
    fileprivate mutating func append(objectOf file: ProjectPage.File) {
        append("{\"filename\":")
        append(json: file.filename)
        append(",\"url\":")
        append(json: file.url)
        append(",\"hashes\":{\"sha256\":")
        append(json: file.sha256Hex)
        append("},\"requires-python\":")
        append(json: file.requiresPython)
        append(
            ",\"size\":\(file.size),\"upload-time\":\"\(UploadTime(microseconds: file.uploadTime).text)\",\"yanked\":"
        )
        append(json: file.yanked)
        for key in ["data-dist-info-metadata", "core-metadata"] {
            append(",\"\(key)\":")
            if let digest = file.coreMetadataSha256Hex {
                append("{\"sha256\":")
                append(json: digest)
                append("}")
            } else {
                append("false")
            }
        }
        append(",\"provenance\":")
        append(json: file.provenance)
        append("}")
    }
}

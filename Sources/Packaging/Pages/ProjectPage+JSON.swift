extension ProjectPage {
    /// The page as `application/vnd.pypi.simple.v1+json`.
    package func json() -> [UInt8] {
        var writer = PageWriter()
        writer.append("{\"meta\":{\"api-version\":\"\(SimpleAPI.version)\"")
        if let serial { writer.append(",\"_last-serial\":\(serial)") }
        writer.append("},\"name\":")
        writer.append(json: name.normalized)
        writer.append(",\"project-status\":{\"status\":\"\(status.marker.rawValue)\"")
        if let reason = status.reason {
            writer.append(",\"reason\":")
            writer.append(json: reason)
        }
        writer.append("},\"versions\":[")
        for (index, version) in versions.enumerated() {
            if index > 0 { writer.append(",") }
            writer.append(json: version.description)
        }
        writer.append("],\"files\":[")
        for (index, file) in files.enumerated() {
            if index > 0 { writer.append(",") }
            writer.append(objectOf: file)
        }
        writer.append("]}")
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
        switch file.yanked {
        case .no: append("false")
        // The empty string would read as false.
        case .yes(.none), .yes(reason: ""): append("true")
        case .yes(.some(let reason)): append(json: reason)
        }
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

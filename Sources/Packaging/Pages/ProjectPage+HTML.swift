extension ProjectPage {
    /// The page as `application/vnd.pypi.simple.v1+html`, UTF-8.
    package func html() -> [UInt8] {
        var writer = PageWriter()
        writer.openHTML(
            of: name, version: SimpleAPI.version, status: (status.marker.rawValue, status.reason))
        for file in files { writer.append(anchorOf: file) }
        writer.closeHTML()
        if let serial { writer.append("<!--SERIAL \(serial)-->") }
        return writer.bytes
    }
}

extension PageWriter {
    fileprivate mutating func append(anchorOf file: ProjectPage.File) {
        append("    <a href=\"\(file.url)#sha256=")
        append(html: file.sha256Hex)
        append("\" ")
        if let requiresPython = file.requiresPython {
            append("data-requires-python=\"")
            append(html: requiresPython)
            append("\" ")
        }
        switch file.yanked {
        case .no: break
        case .yes(let reason):
            append("data-yanked=\"")
            append(html: reason ?? "")
            append("\" ")
        }
        if let digest = file.coreMetadataSha256Hex {
            let value = HTMLText.escaped("sha256=\(digest)")
            append("data-dist-info-metadata=\"\(value)\" data-core-metadata=\"\(value)\"")
        }
        if let provenance = file.provenance {
            append(" data-provenance=\"")
            append(html: provenance)
            append("\"")
        }
        append(">")
        append(html: file.filename)
        append("</a><br />\n")
    }
}

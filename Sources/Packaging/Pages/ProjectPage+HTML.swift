extension ProjectPage {
    /// The page as `application/vnd.pypi.simple.v1+html`, UTF-8.
    package func html() -> [UInt8] {
        var writer = PageWriter()
        writer.append(
            """
            <!DOCTYPE html>
            <html lang="en">
              <head>
                <meta name="pypi:repository-version" content="\(SimpleAPI.version)">
                <meta name="pypi:project-status" content="\(status.marker.rawValue)">

            """)
        if let reason = status.reason {
            writer.append("    <meta name=\"pypi:project-status-reason\" content=\"")
            writer.append(html: reason)
            writer.append("\">\n")
        }
        writer.append(
            """
                <title>Links for \(name.normalized)</title>
              </head>
              <body>
                <h1>Links for \(name.normalized)</h1>

            """)
        for file in files { writer.append(anchorOf: file) }
        writer.append("    </body>\n</html>\n")
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

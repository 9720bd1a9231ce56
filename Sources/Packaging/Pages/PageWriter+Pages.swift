/// What the pages that we render ourselves and those that we pass on have in common.
extension PageWriter {
    /// Everything before the first anchor.
    mutating func openHTML(
        of project: ProjectName, version: String, status: (marker: String, reason: String?)?
    ) {
        append(
            """
            <!DOCTYPE html>
            <html lang="en">
              <head>
                <meta name="pypi:repository-version" content="\(version)">

            """)
        if let status {
            append(meta: "pypi:project-status", status.marker)
            if let reason = status.reason { append(meta: "pypi:project-status-reason", reason) }
        }
        append(
            """
                <title>Links for \(project.normalized)</title>
              </head>
              <body>
                <h1>Links for \(project.normalized)</h1>

            """)
    }

    mutating func closeHTML() { append("    </body>\n</html>\n") }

    private mutating func append(meta name: String, _ content: String) {
        append("    <meta name=\"\(name)\" content=\"")
        append(html: content)
        append("\">\n")
    }

    /// The value of `project-status`.
    mutating func append(statusObject marker: String, reason: String?) {
        append("{\"status\":")
        append(json: marker)
        if let reason {
            append(",\"reason\":")
            append(json: reason)
        }
        append("}")
    }

    /// The value of `yanked`.
    mutating func append(json yanked: ProjectPage.Yanked) {
        switch yanked {
        case .no: append("false")
        // The empty string would read as false.
        case .yes(.none), .yes(reason: ""): append("true")
        case .yes(.some(let reason)): append(json: reason)
        }
    }

    mutating func append<Element>(arrayOf elements: [Element], _ write: (inout PageWriter, Element) -> Void) {
        append("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { append(",") }
            write(&self, element)
        }
        append("]")
    }
}

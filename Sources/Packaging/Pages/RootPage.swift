/// The list of all projects in the simple API.
///
/// At a large index's size it is tens of megabytes, so it is written piece by piece: give `append` the projects
/// in order of their normalised names, and send what `take` returns whenever it suits.
package struct RootPage {
    package enum Format: Hashable, Sendable {
        case html, json
    }

    package struct Project: Hashable, Sendable {
        package let name: ProjectName
        /// Of the project's last change.
        package let serial: Int

        package init(name: ProjectName, serial: Int) {
            self.name = name
            self.serial = serial
        }
    }

    private let format: Format
    private var writer = PageWriter()
    private var isEmpty = true

    /// - Parameter serial: of the last change in the whole index.
    package init(_ format: Format, serial: Int) {
        self.format = format
        switch format {
        case .html:
            writer.append(
                """
                <!DOCTYPE html>
                <html lang="en">
                  <head>
                    <meta name="pypi:repository-version" content="\(SimpleAPI.version)">
                    <title>Simple index</title>
                  </head>
                  <body>

                """)
        case .json:
            writer.append(
                "{\"meta\":{\"api-version\":\"\(SimpleAPI.version)\",\"_last-serial\":\(serial)},\"projects\":["
            )
        }
    }

    package mutating func append(_ project: Project) {
        switch format {
        case .html:
            // Names hold nothing that HTML or a URL would have to escape.
            writer.append("    <a href=\"\(project.name.normalized)/\">\(project.name.display)</a>\n")
        case .json:
            if !isEmpty { writer.append(",") }
            writer.append("{\"name\":")
            writer.append(json: project.name.display)
            writer.append(",\"_last-serial\":\(project.serial)}")
        }
        isEmpty = false
    }

    /// Bytes waiting to be taken.
    package var pendingBytes: Int { writer.bytes.count }

    /// Hands over what has been written since the last time.
    package mutating func take() -> [UInt8] {
        writer.take()
    }

    /// Ends the page and hands over the rest.
    package mutating func finish() -> [UInt8] {
        switch format {
        case .html: writer.append("    </body>\n</html>")
        case .json: writer.append("]}")
        }
        return writer.take()
    }

    /// The whole page at once.
    package static func bytes(_ format: Format, serial: Int, projects: some Sequence<Project>) -> [UInt8] {
        var page = RootPage(format, serial: serial)
        for project in projects { page.append(project) }
        return page.finish()
    }
}

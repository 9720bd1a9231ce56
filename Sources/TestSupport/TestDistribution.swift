import TUF

/// A small, sound distribution.
package struct TestDistribution: Sendable {
    package let filename: String
    package let bytes: [UInt8]
    /// METADATA or PKG-INFO.
    package let metadata: [UInt8]

    /// A wheel for any Python.
    ///
    /// - Parameters:
    ///   - project: as it is displayed; becomes the filename's component as PEP 427 wants it.
    ///   - content: of the wheel's one module; another content makes another file of the same name.
    ///   - build: the filename's build tag.
    package static func wheel(
        _ project: String = "demo", _ version: String = "1.0", content: String = "x = 1\n",
        build: String? = nil
    ) -> TestDistribution {
        let component = component(project)
        let directory = "\(component)-\(version).dist-info"
        let metadata = metadata(project, version)
        var files: [(name: String, content: [UInt8])] = [
            ("\(component)/__init__.py", Array(content.utf8)),
            ("\(directory)/METADATA", metadata),
            (
                "\(directory)/WHEEL",
                Array("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n".utf8)
            ),
        ]
        var record = ""
        for (name, content) in files {
            record += "\(name),sha256=\(base64URL(Digest.sha256(content))),\(content.count)\n"
        }
        record += "\(directory)/RECORD,,\n"
        files.append(("\(directory)/RECORD", Array(record.utf8)))
        let tags = [component, version, build, "py3", "none", "any"].compactMap { $0 }
        return TestDistribution(
            filename: tags.joined(separator: "-") + ".whl", bytes: TestArchive.zip(files), metadata: metadata)
    }

    /// A source distribution.
    ///
    /// - Parameter spelling: the project as filename and folder spell it; older tools kept the author's spelling.
    package static func sdist(
        _ project: String = "demo", _ version: String = "1.0", spelling: String? = nil
    ) -> TestDistribution {
        let stem = "\(spelling ?? component(project))-\(version)"
        let metadata = metadata(project, version)
        let archive = TestArchive.tarGzip([
            ("\(stem)/PKG-INFO", metadata), ("\(stem)/setup.py", Array("# \(stem)\n".utf8)),
        ])
        return TestDistribution(filename: "\(stem).tar.gz", bytes: archive, metadata: metadata)
    }

    /// The same bytes under another name.
    package func renamed(_ filename: String) -> TestDistribution {
        TestDistribution(filename: filename, bytes: bytes, metadata: metadata)
    }

    private static func component(_ project: String) -> String {
        String(project.lowercased().map { "-.".contains($0) ? "_" : $0 })
    }

    private static func metadata(_ project: String, _ version: String) -> [UInt8] {
        Array(
            "Metadata-Version: 2.1\nName: \(project)\nVersion: \(version)\nRequires-Python: >=3.8\n\nA test.\n"
                .utf8)
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { text.append(alphabet[bits >> (18 - 6 * place) & 63]) }
        }
        return text
    }
}

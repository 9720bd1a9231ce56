import CanonicalJSON
package import Packaging
package import TUF

/// The next version of a claimed project's metadata, with the index pages it vouches for.
///
/// All of it follows from project, version, expiry, maintainers and files. The index drafts it; whoever is asked to
/// sign makes it again from the pages and compares, so that nothing can be slipped into what is signed.
package struct ProjectDraft: Hashable, Sendable {
    package let project: ProjectName
    package let page: ProjectPage
    package let maintainers: Maintainers
    package let targets: Targets
    package let html: [UInt8]
    package let json: [UInt8]

    /// - Throws: `MetadataError` for a version or a filename that TUF does not allow.
    package init(
        project: ProjectName, version: Int, expires: MetadataTime, maintainers: Maintainers,
        files: [ProjectPage.File]
    ) throws(MetadataError) {
        self.project = project
        self.maintainers = maintainers
        // The serial is known once the page is public, and this page is signed before.
        page = ProjectPage(name: project, serial: nil, status: .active, files: files)
        html = page.html()
        json = page.json()
        var listed: [TargetPath: TargetFile] = [
            try TargetPath("\(project.normalized)/index.html"): try TargetFile(describing: html),
            try TargetPath("\(project.normalized)/index.json"): try TargetFile(describing: json),
        ]
        for file in page.files {
            let path = try TargetPath("\(project.normalized)/\(file.filename)")
            listed[path] = try TargetFile(length: file.size, hashes: ["sha256": file.sha256Hex])
        }
        targets = try Targets(
            version: version, expires: expires, targets: listed,
            unrecognized: JSONObject([(Maintainers.field, .object(maintainers.json))]))
    }

    /// Reads a draft that somebody else made, and makes it again.
    ///
    /// - Parameters:
    ///   - signed: JSON of the metadata's signed part.
    ///   - html: the index page.
    ///   - json: the index page.
    /// - Throws: the first check that fails: `.delegation`, `.path`, `.maintainers`, `.page`, `.targets`.
    package init(
        project: ProjectName, signed: [UInt8], html: [UInt8], json: [UInt8]
    ) throws(TransactionRefusal) {
        let targets: Targets
        do {
            guard let object = try JSONValue(parsing: signed).object else {
                throw TransactionRefusal(.targets, "The metadata is not a JSON object.")
            }
            targets = try Targets(json: object)
        } catch let refusal as TransactionRefusal {
            throw refusal
        } catch {
            throw TransactionRefusal(.targets, "The metadata cannot be read: \(error).")
        }
        try self.init(project: project, targets: targets, html: html, json: json)
    }

    package init(
        project: ProjectName, targets: Targets, html: [UInt8], json: [UInt8]
    ) throws(TransactionRefusal) {
        let role = "project-\(project.normalized)"
        guard targets.delegations == nil else {
            throw TransactionRefusal(
                .delegation, role: role,
                "A project's metadata delegates to nobody; nothing was delegated to it to pass on.")
        }
        for path in targets.targets.keys where !ProjectRole.covers(path, of: project) {
            throw TransactionRefusal(
                .path, role: role, value: path.text,
                "'\(path.text)' is outside '\(project.normalized)/*', which is all that is delegated.")
        }
        guard let field = targets.unrecognized[Maintainers.field] else {
            throw TransactionRefusal(
                .maintainers, role: role, "The metadata does not say who maintains the project.")
        }
        let page = try ProjectPage(parsing: json)
        guard page.serial == nil, page.name == project else {
            throw TransactionRefusal(
                .page, role: role, value: "index.json",
                "The page is not one of a claimed project '\(project.normalized)'.")
        }
        let rebuilt: ProjectDraft
        do {
            rebuilt = try ProjectDraft(
                project: project, version: targets.version, expires: targets.expires,
                maintainers: try Maintainers(json: field), files: page.files)
        } catch let refusal as TransactionRefusal {
            throw refusal
        } catch {
            throw TransactionRefusal(
                .targets, role: role, "The metadata cannot be made from its pages: \(error).")
        }
        guard rebuilt.html == html, rebuilt.json == json else {
            throw TransactionRefusal(
                .page, role: role, value: rebuilt.html == html ? "index.json" : "index.html",
                "The page is not as the index renders it.")
        }
        guard rebuilt.targets.json == targets.json else {
            throw TransactionRefusal(
                .targets, role: role, value: rebuilt.firstDifference(from: targets),
                "The metadata is not what its pages and files make it.")
        }
        self = rebuilt
    }

    /// What the maintainers sign.
    package var signedBytes: [UInt8] { Envelope(unsigned: targets).signedBytes }

    private func firstDifference(from other: Targets) -> String? {
        Set(targets.targets.keys).union(other.targets.keys).sorted()
            .first { targets.targets[$0] != other.targets[$0] }?.text
    }
}

extension ProjectDraft {
    /// The files of a project after changes.
    ///
    /// - Parameter uploadTime: of the files that are added, in microseconds since 1970.
    /// - Throws: `.draft` for a file that is there already, or one that is not there.
    package static func files(
        _ current: [ProjectPage.File], applying changes: ProjectChanges, uploadTime: Int
    ) throws(TransactionRefusal) -> [ProjectPage.File] {
        var files: [String: ProjectPage.File] = [:]
        for file in current { files[file.filename] = file }
        for filename in changes.remove {
            guard files.removeValue(forKey: filename) != nil else { throw unknown(filename) }
        }
        for (filename, reason) in changes.yank {
            guard let file = files[filename] else { throw unknown(filename) }
            files[filename] = file.yanked(.yes(reason: reason.isEmpty ? nil : reason))
        }
        for filename in changes.unyank {
            guard let file = files[filename] else { throw unknown(filename) }
            files[filename] = file.yanked(.no)
        }
        for facts in changes.add {
            let release = files.values.map(\.version).first { $0 == facts.version } ?? facts.version
            let file = ProjectPage.File(
                filename: facts.filename, version: release,
                path: "\(facts.blake2Hex.prefix(2))/\(facts.blake2Hex.dropFirst(2).prefix(2))/"
                    + "\(facts.blake2Hex.dropFirst(4))/\(facts.filename)",
                sha256Hex: facts.sha256Hex, requiresPython: facts.requiresPython, size: facts.size,
                uploadTime: uploadTime, coreMetadataSha256Hex: facts.metadataSHA256Hex)
            guard files.updateValue(file, forKey: facts.filename) == nil else {
                throw TransactionRefusal(
                    .draft, value: facts.filename,
                    "'\(facts.filename)' is there already; a file never changes.")
            }
        }
        return Array(files.values)
    }

    private static func unknown(_ filename: String) -> TransactionRefusal {
        TransactionRefusal(.draft, value: filename, "The project has no file '\(filename)'.")
    }
}

extension ProjectPage.File {
    func yanked(_ yanked: ProjectPage.Yanked) -> ProjectPage.File {
        ProjectPage.File(
            filename: filename, version: version, path: path, sha256Hex: sha256Hex,
            requiresPython: requiresPython, size: size, uploadTime: uploadTime, yanked: yanked,
            coreMetadataSha256Hex: coreMetadataSha256Hex, provenance: provenance)
    }
}

import CanonicalJSON

extension SimplePage {
    /// Reads `application/vnd.pypi.simple.v1+json`.
    ///
    /// Members that nobody knows are ignored, `null` counts as missing, and text that is empty where it would say
    /// something is none. A file's name is its `filename`.
    ///
    /// - Throws: any case; `.malformedJSON` also for an object that names a member twice.
    package init(json bytes: [UInt8], limits: Limits = .default) throws(SimplePageError) {
        guard bytes.count <= limits.maxBytes else { throw .tooLarge(limit: limits.maxBytes) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(
                parsing: bytes, limits: JSONLimits(maxBytes: limits.maxBytes, otherNumbers: .readAsNull))
        } catch {
            throw .malformedJSON(error)
        }
        guard let object = value.object else { throw .wrongMember("files") }
        let page = PageMembers(object: object, maxTextBytes: limits.maxTextBytes)
        var list = SimpleFileList(limit: limits.maxFiles)
        for element in try page.required("files", page.array("files")) {
            guard let object = element.object else { throw .wrongMember("files") }
            if let file = try File(PageMembers(object: object, maxTextBytes: limits.maxTextBytes)) {
                try list.add(file)
            }
        }
        var version = APIVersion.first
        if let text = try page.members("meta")?.text("api-version") { version = try APIVersion(text) }
        let status = try page.members("project-status")
        self.init(
            name: try page.text("name"), version: version,
            status: try status?.text("status").map { marker throws(SimplePageError) in
                Status(marker: marker, reason: try status?.text("reason"))
            },
            versions: try page.texts("versions"), files: list.files, base: nil)
    }
}

extension SimplePage.File {
    /// Reads an element of `files`; nil if it is none to keep.
    fileprivate init?(_ members: PageMembers) throws(SimplePageError) {
        let filename = try members.required("filename", members.text("filename"))
        let url = try members.required("url", members.text("url"))
        let yanked = try members.yanked()
        let coreMetadata = try members.coreMetadata()
        guard ArchiveName.isPlain(filename), let hashes = try members.hashes("hashes"),
            let linked = PageHashes.inFragment(URLReference(trimming: url).fragment ?? "")
        else { return nil }
        self.init(
            filename: filename, url: url, hashes: hashes.merging(linked) { $1 },
            requiresPython: try members.text("requires-python"), yanked: yanked, coreMetadata: coreMetadata,
            size: try members.size(), uploadTime: try members.uploadTime())
    }
}

/// The members of an object on a page, read by name and type.
private struct PageMembers {
    let object: JSONObject
    let maxTextBytes: Int

    /// The member, unless it is `null`.
    private func value(_ name: String) -> JSONValue? {
        object[name].flatMap { $0.isNull ? nil : $0 }
    }

    /// - Throws: `.wrongMember` where the value is nil.
    func required<Value>(_ name: String, _ value: Value?) throws(SimplePageError) -> Value {
        guard let value else { throw .wrongMember(name) }
        return value
    }

    /// A text that says something.
    func text(_ name: String) throws(SimplePageError) -> String? {
        guard let value = value(name) else { return nil }
        let text = try text(value, name)
        return text.isEmpty ? nil : text
    }

    func texts(_ name: String) throws(SimplePageError) -> [String]? {
        var texts: [String] = []
        guard let elements = try array(name) else { return nil }
        for element in elements { texts.append(try text(element, name)) }
        return texts
    }

    func array(_ name: String) throws(SimplePageError) -> [JSONValue]? {
        guard let value = value(name) else { return nil }
        return try required(name, value.array)
    }

    func members(_ name: String) throws(SimplePageError) -> PageMembers? {
        guard let value = value(name) else { return nil }
        return PageMembers(object: try required(name, value.object), maxTextBytes: maxTextBytes)
    }

    /// Digests by algorithm, names in lower case; nil if a name or digest is malformed.
    func hashes(_ name: String) throws(SimplePageError) -> [String: String]? {
        var hashes: [String: String] = [:]
        guard let object = try members(name)?.object else { return hashes }
        for (key, value) in object {
            let hex = try text(value, name)
            guard let algorithm = PageHashes.algorithm(key),
                let digest = PageHashes.digest(hex, of: algorithm)
            else { return nil }
            hashes[algorithm] = digest
        }
        return hashes
    }

    func yanked() throws(SimplePageError) -> ProjectPage.Yanked {
        switch value("yanked") {
        case nil, .bool(false), .string(""): .no
        case .bool(true): .yes(reason: nil)
        case let value?: .yes(reason: try text(value, "yanked"))
        }
    }

    /// Of the two spellings the later standard's counts. Malformed digests count as absent: clients then read the
    /// file itself.
    func coreMetadata() throws(SimplePageError) -> SimplePage.CoreMetadata {
        let name = value("core-metadata") == nil ? "dist-info-metadata" : "core-metadata"
        switch value(name) {
        case nil, .bool(false): return .absent
        case .bool(true): return .present(hashes: [:])
        default:
            guard let hashes = try hashes(name) else { return .absent }
            return .present(hashes: hashes)
        }
    }

    func size() throws(SimplePageError) -> Int? {
        guard let value = value("size") else { return nil }
        guard let size = value.integer, size >= 0 else { throw .wrongMember("size") }
        return size
    }

    func uploadTime() throws(SimplePageError) -> String? {
        try text("upload-time").flatMap { UploadTime.isWellFormed($0) ? $0 : nil }
    }

    private func text(_ value: JSONValue, _ name: String) throws(SimplePageError) -> String {
        guard let text = value.string else { throw .wrongMember(name) }
        guard text.utf8.count <= maxTextBytes else { throw .textTooLong(limit: maxTextBytes) }
        return text
    }
}

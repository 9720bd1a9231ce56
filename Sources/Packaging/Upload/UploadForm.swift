/// The text fields of an upload, checked.
///
/// What it says about the project is the client's word; the index takes metadata from the file and only compares
/// (see ``mismatches(form:metadata:)``).
///
/// - Source: Warehouse, `forklift/forms.py` and `forklift/legacy.py`: the order of the checks and every text.
package struct UploadForm: Hashable, Sendable {
    /// What the fields say about the release.
    package let metadata: CoreMetadata
    package let fileType: FileType
    /// `source` for a source distribution; for a wheel whatever was sent, usually its Python tag.
    package let pythonVersion: String
    package let comment: String?
    package let digests: UploadDigests
    /// JSON text, not looked at.
    package let attestations: String?

    /// - Parameters:
    ///   - fields: name and value of each text field, in order; names may repeat and unknown ones are ignored.
    ///   - policy: what this index accepts beyond what the Python index does.
    /// - Throws: the first refusal, status 400: for the protocol version, the name, the other fields of the form
    ///   by name, their combinations, then the metadata.
    package init(
        fields: [(name: String, value: String)], policy: UploadPolicy = UploadPolicy()
    ) throws(UploadRefusal) {
        let fields = fields.filter { PythonText.strip($0.value) != "UNKNOWN" }
        guard fields.last(where: { $0.name == "protocol_version" })?.value ?? "1" == "1" else {
            throw UploadRefusal(message: "Unknown protocol version.")
        }
        let values = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
        func value(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

        try Self.checkName(value("name"))
        let blake2b256 = try Self.digest(value("blake2_256_digest"), "blake2_256_digest", "BLAKE2")
        self.fileType = try Self.fileType(value("filetype"))
        let sha256 = try Self.digest(value("sha256_digest"), "sha256_digest", "SHA256")
        self.pythonVersion = try Self.pythonVersion(value("pyversion"), of: fileType)
        self.digests = UploadDigests(
            md5: value("md5_digest")?.lowercased(), sha256: sha256, blake2b256: blake2b256)
        if digests.isEmpty { throw UploadRefusal(message: "Error: Include at least one message digest.") }
        self.comment = value("comment")
        self.attestations = value("attestations")
        self.metadata = try Self.metadata(fields, policy)
    }

    // MARK: Fields about the file

    private static func checkName(_ name: String?) throws(UploadRefusal) {
        let fault: String
        if let name {
            if (try? ProjectName(name)) != nil { return }
            fault =
                "Start and end with a letter or numeral containing only ASCII numeric and '.', '_' and '-'."
        } else {
            fault = required
        }
        throw UploadRefusal(
            message: "\(PythonText.repr(abridged(name ?? ""))) is an invalid value for Name. Error: \(fault) "
                + "See https://packaging.python.org/specifications/core-metadata for more information.")
    }

    private static func fileType(_ text: String?) throws(UploadRefusal) -> FileType {
        guard let text else { throw invalid("filetype", required) }
        guard let type = FileType(rawValue: text) else { throw invalid("filetype", "Use a known file type.") }
        return type
    }

    private static func pythonVersion(_ text: String?, of type: FileType) throws(UploadRefusal) -> String {
        switch type {
        case .wheel:
            guard let text else {
                throw invalid("pyversion", "Python version is required for binary distribution uploads.")
            }
            return text
        case .sdist:
            guard text ?? "source" == "source" else {
                throw invalid("pyversion", "Use 'source' as Python version for an sdist.")
            }
            return "source"
        }
    }

    private static func digest(
        _ text: String?, _ field: String, _ algorithm: String
    ) throws(UploadRefusal) -> String? {
        guard let text else { return nil }
        guard text.utf8.count == 64, text.utf8.allSatisfy(\.isHexDigit) else {
            throw invalid(field, "Use a valid, hex-encoded, \(algorithm) message digest.")
        }
        return text.lowercased()
    }

    private static let required = "This field is required."

    private static func invalid(_ field: String, _ reason: String) -> UploadRefusal {
        UploadRefusal(message: "Invalid value for \(field). Error: \(reason)")
    }

    /// A long text without its middle.
    private static func abridged(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard scalars.count > 60 else { return text }
        return String(Substring(scalars.prefix(30))) + "..." + String(Substring(scalars.suffix(30)))
    }

    // MARK: Metadata

    private static func metadata(
        _ fields: [(name: String, value: String)], _ policy: UploadPolicy
    ) throws(UploadRefusal) -> CoreMetadata {
        var raw = RawMetadata()
        for (name, value) in fields {
            if let field = MetadataField(formName: name) { raw.add(value, to: field) }
        }
        do throws(PackagingError) {
            try MetadataRules.check(form: raw)
            let metadata = try CoreMetadata(raw)
            try IndexRules.check(metadata, policy)
            return metadata
        } catch {
            throw UploadRefusal(metadataFault: error)
        }
    }
}

extension UploadRefusal {
    /// Metadata that breaks a rule, whether the form has it or the file.
    package init(metadataFault error: PackagingError) {
        let message = error.description
        let page =
            message.contains("use of local versions")
            ? "en/latest/specifications/version-specifiers/#local-version-identifiers"
            : "specifications/core-metadata"
        self.init(
            message: message + (message.hasSuffix(".") ? "" : ".")
                + " See https://packaging.python.org/\(page) for more information.")
    }
}

/// The rules for the fields that installers rely on; messages are those of `packaging.metadata`.
extension CoreMetadata {
    static func checkedMetadataVersion(_ raw: RawMetadata) throws(PackagingError) -> String {
        let version = raw.single(.metadataVersion)
        guard let version, MetadataField.metadataVersions.contains(version) else {
            let shown = version.map(PythonText.repr) ?? "None"
            throw .invalidMetadata(
                field: MetadataField.metadataVersion.rawValue,
                message: "\(shown) is not a valid metadata version")
        }
        return version
    }

    static func checkedName(_ raw: RawMetadata) throws(PackagingError) -> ProjectName {
        let text = try required(.name, of: raw)
        guard let name = try? ProjectName(text) else { throw .invalidValue(text, of: .name) }
        return name
    }

    static func checkedVersion(_ raw: RawMetadata) throws(PackagingError) -> Version {
        let text = try required(.version, of: raw)
        guard let version = try? Version(text) else { throw .invalidValue(text, of: .version) }
        return version
    }

    static func checkedProvidesExtra(_ raw: RawMetadata) throws(PackagingError) -> [String] {
        var extras: [String] = []
        for text in raw[.providesExtra] {
            guard let name = try? ProjectName(text) else { throw .invalidValue(text, of: .providesExtra) }
            extras.append(name.normalized)
        }
        return extras
    }

    static func checkedRequiresDist(_ raw: RawMetadata) throws(PackagingError) -> [Requirement] {
        var requirements: [Requirement] = []
        for text in raw[.requiresDist] {
            guard let requirement = try? Requirement(text) else {
                throw .invalidValue(text, of: .requiresDist)
            }
            requirements.append(requirement)
        }
        return requirements
    }

    static func checkedRequiresPython(_ raw: RawMetadata) throws(PackagingError) -> SpecifierSet? {
        guard let text = raw.single(.requiresPython) else { return nil }
        guard let specifiers = try? SpecifierSet(text) else {
            throw .invalidValue(text, of: .requiresPython)
        }
        return specifiers
    }

    private static func required(
        _ field: MetadataField, of raw: RawMetadata
    ) throws(PackagingError) -> String {
        guard let text = raw.single(field) else {
            throw .invalidMetadata(
                field: field.rawValue, message: "\(PythonText.repr(field.rawValue)) is a required field")
        }
        return text
    }
}

extension PackagingError {
    static func invalidValue(
        _ value: String, of field: MetadataField, _ reason: String = ""
    ) -> PackagingError {
        .invalidMetadata(
            field: field.rawValue,
            message: "\(PythonText.repr(value)) is invalid for \(PythonText.repr(field.rawValue))\(reason)")
    }
}

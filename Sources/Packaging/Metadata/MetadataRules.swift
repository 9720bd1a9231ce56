/// The rules `packaging.metadata` has for each field, which an upload form must meet.
///
/// Files are not held to all of them: see ``CoreMetadata``.
enum MetadataRules {
    /// The first fault: in fields sent too often, then in `Metadata-Version`, `Name`, `Version`, then in the other
    /// fields by name.
    static func check(form raw: RawMetadata) throws(PackagingError) {
        try checkRepetitions(raw)
        let metadataVersion = try CoreMetadata.checkedMetadataVersion(raw)
        _ = try CoreMetadata.checkedName(raw)
        _ = try CoreMetadata.checkedVersion(raw)
        for field in raw.fields.sorted(by: { $0.rawValue < $1.rawValue }) {
            try checkAge(field, metadataVersion)
            try check(field, of: raw)
        }
    }

    /// Fields that may come once came once, and no two project URLs have one label.
    private static func checkRepetitions(_ raw: RawMetadata) throws(PackagingError) {
        let repeated = raw.fields.filter { field in
            field == .projectURL ? raw.projectURLs == nil : !field.isRepeatable && raw[field].count > 1
        }
        let first = repeated.map(\.formName).min { left, right in
            func rank(_ name: String) -> Int { ["name", "version"].firstIndex(of: name) ?? 2 }
            return (rank(left), left) < (rank(right), right)
        }
        if let first { throw .hasInvalidData(first) }
    }

    private static func checkAge(
        _ field: MetadataField, _ metadataVersion: String
    ) throws(PackagingError) {
        // All known versions have one digit on either side, so they order as text.
        guard field.introducedIn <= metadataVersion else {
            throw .invalidMetadata(
                field: field.rawValue,
                message: "\(field.rawValue) introduced in metadata version \(field.introducedIn), "
                    + "not \(metadataVersion)")
        }
    }

    private static func check(_ field: MetadataField, of raw: RawMetadata) throws(PackagingError) {
        let values = raw[field]
        switch field {
        case .summary:
            if values.contains(where: { $0.utf8.contains(UInt8(character: "\n")) }) {
                throw .invalidMetadata(field: field.rawValue, message: "'summary' must be a single line")
            }
        case .descriptionContentType: try refuse(field, values, DescriptionContentType.fault)
        case .dynamic: try refuse(field, values, dynamicFault)
        case .providesExtra: _ = try CoreMetadata.checkedProvidesExtra(raw)
        case .requiresPython: _ = try CoreMetadata.checkedRequiresPython(raw)
        case .requiresDist: _ = try CoreMetadata.checkedRequiresDist(raw)
        case .licenseExpression:
            for value in values where !LicenseExpression.isWellFormed(value) {
                throw .invalidValue(value, of: field)
            }
        case .licenseFile: try refuse(field, values, LicenseFilePath.fault)
        case .importName, .importNamespace:
            try refuse(field, values) { ImportName.fault(in: $0, of: field) }
        case .metadataVersion, .name, .version, .author, .authorEmail, .classifier, .description,
            .downloadURL, .homePage, .keywords, .license, .maintainer, .maintainerEmail, .obsoletes,
            .obsoletesDist, .platform, .projectURL, .provides, .providesDist, .requires, .requiresExternal,
            .supportedPlatform:
            break
        }
    }

    private static func refuse(
        _ field: MetadataField, _ values: [String], _ fault: (String) -> String?
    ) throws(PackagingError) {
        for value in values {
            if let message = fault(value) {
                throw .invalidMetadata(field: field.rawValue, message: message)
            }
        }
    }

    private static func dynamicFault(in value: String) -> String? {
        let name = value.lowercased()
        switch MetadataField(rawValue: name) {
        case .name, .version, .metadataVersion:
            return "\(PythonText.repr(name)) is not allowed as a dynamic field"
        case nil: return "\(PythonText.repr(name)) is not a valid dynamic field"
        default: return nil
        }
    }
}

/// The metadata of a distribution, its fields checked one by one.
///
/// What installers rely on is typed and checked; the rest is text as it was sent.
///
/// - Source: core metadata specification; `packaging.metadata.Metadata`.
package struct CoreMetadata: Hashable, Sendable {
    /// Our limit on the size of a metadata file, in bytes.
    package static let defaultMaxBytes = 8 << 20

    /// Every known field as it was sent.
    package let raw: RawMetadata
    /// One of ``MetadataField/metadataVersions``.
    package let metadataVersion: String
    package let name: ProjectName
    package let version: Version
    package let requiresPython: SpecifierSet?
    package let requiresDist: [Requirement]
    /// Normalised, in order.
    package let providesExtra: [String]

    /// Reads a `METADATA` or `PKG-INFO` file.
    ///
    /// Tolerates what real files have: unknown fields, fields newer than the version they state, and nonsense in
    /// fields no installer reads.
    ///
    /// - Throws: `.metadataTooLarge`, `.metadataNotUTF8`, `.invalidMetadata`.
    package init(parsing bytes: [UInt8], maxBytes: Int = defaultMaxBytes) throws(PackagingError) {
        try self.init(RawMetadata(parsing: bytes, maxBytes: maxBytes))
    }

    /// - Throws: `.invalidMetadata` for the first faulty field in the order `Metadata-Version`, `Name`, `Version`,
    ///   then by name.
    package init(_ raw: RawMetadata) throws(PackagingError) {
        for field in [MetadataField.metadataVersion, .name, .version, .requiresPython] {
            guard raw[field].count <= 1 else { throw .hasInvalidData(field.rawValue) }
        }
        self.raw = raw
        self.metadataVersion = try Self.checkedMetadataVersion(raw)
        self.name = try Self.checkedName(raw)
        self.version = try Self.checkedVersion(raw)
        self.providesExtra = try Self.checkedProvidesExtra(raw)
        self.requiresDist = try Self.checkedRequiresDist(raw)
        self.requiresPython = try Self.checkedRequiresPython(raw)
    }

    package var summary: String? { raw.single(.summary) }
    package var description: String? { raw.single(.description) }
    package var descriptionContentType: String? { raw.single(.descriptionContentType) }
    package var author: String? { raw.single(.author) }
    package var authorEmail: String? { raw.single(.authorEmail) }
    package var maintainer: String? { raw.single(.maintainer) }
    package var maintainerEmail: String? { raw.single(.maintainerEmail) }
    package var license: String? { raw.single(.license) }
    package var licenseExpression: String? { raw.single(.licenseExpression) }
    package var licenseFiles: [String] { raw[.licenseFile] }
    package var homePage: String? { raw.single(.homePage) }
    package var downloadURL: String? { raw.single(.downloadURL) }
    package var projectURLs: [ProjectURL] { raw.projectURLs ?? [] }
    package var classifiers: [String] { raw[.classifier] }
    package var keywords: [String] { raw.keywords }
    package var platforms: [String] { raw[.platform] }
    package var supportedPlatforms: [String] { raw[.supportedPlatform] }
    /// Header names in lower case, of fields that may differ in wheels built from this source distribution.
    package var dynamic: [String] { raw[.dynamic].map { $0.lowercased() } }
    /// `Requires-Python` as it was written, for index pages; nil if it is absent or empty.
    package var requiresPythonText: String? {
        raw.single(.requiresPython).map(PythonText.strip).flatMap { $0.isEmpty ? nil : $0 }
    }
    /// `Requires-Dist` as it was written.
    package var requiresDistTexts: [String] { raw[.requiresDist] }
}

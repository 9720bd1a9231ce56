/// A field of the core metadata; the raw value is its header name in lower case.
///
/// - Source: core metadata specification, versions 1.0 to 2.5.
package enum MetadataField: String, Hashable, Sendable, CaseIterable {
    case metadataVersion = "metadata-version"
    case name
    case version
    case author
    case authorEmail = "author-email"
    case classifier
    case description
    case descriptionContentType = "description-content-type"
    case downloadURL = "download-url"
    case dynamic
    case homePage = "home-page"
    case importName = "import-name"
    case importNamespace = "import-namespace"
    case keywords
    case license
    case licenseExpression = "license-expression"
    case licenseFile = "license-file"
    case maintainer
    case maintainerEmail = "maintainer-email"
    case obsoletes
    case obsoletesDist = "obsoletes-dist"
    case platform
    case projectURL = "project-url"
    case provides
    case providesDist = "provides-dist"
    case providesExtra = "provides-extra"
    case requires
    case requiresDist = "requires-dist"
    case requiresExternal = "requires-external"
    case requiresPython = "requires-python"
    case summary
    case supportedPlatform = "supported-platform"

    /// Versions of the metadata we know, oldest first.
    package static let metadataVersions = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5"]

    /// May occur more than once.
    package var isRepeatable: Bool {
        switch self {
        case .classifier, .dynamic, .licenseFile, .obsoletes, .obsoletesDist, .platform, .projectURL,
            .provides, .providesDist, .providesExtra, .requires, .requiresDist, .requiresExternal,
            .supportedPlatform, .importName, .importNamespace:
            true
        case .metadataVersion, .name, .version, .author, .authorEmail, .description,
            .descriptionContentType, .downloadURL, .homePage, .keywords, .license, .licenseExpression,
            .maintainer, .maintainerEmail, .requiresPython, .summary:
            false
        }
    }

    /// The version of the metadata that introduced the field.
    package var introducedIn: String {
        switch self {
        case .metadataVersion, .name, .version, .author, .authorEmail, .description, .homePage, .keywords,
            .license, .platform, .summary:
            "1.0"
        case .classifier, .downloadURL, .obsoletes, .provides, .requires, .supportedPlatform: "1.1"
        case .maintainer, .maintainerEmail, .obsoletesDist, .projectURL, .providesDist, .requiresDist,
            .requiresExternal, .requiresPython:
            "1.2"
        case .descriptionContentType, .providesExtra: "2.1"
        case .dynamic: "2.2"
        case .licenseExpression, .licenseFile: "2.4"
        case .importName, .importNamespace: "2.5"
        }
    }

    /// The name of the field in the upload form.
    package var formName: String {
        switch self {
        case .classifier: "classifiers"
        case .projectURL: "project_urls"
        default: rawValue.replacingDashes
        }
    }

    /// The field an upload form's field stands for.
    package init?(formName: String) {
        guard let field = Self.byFormName[formName] else { return nil }
        self = field
    }

    private static let byFormName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.formName, $0) })
}

extension String {
    fileprivate var replacingDashes: String { String(map { $0 == "-" ? "_" : $0 }) }
}

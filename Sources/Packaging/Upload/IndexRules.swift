/// The rules an index has for metadata beyond those of ``MetadataRules``.
///
/// - Source: Warehouse, `forklift/metadata.py`, `_validate_metadata`.
enum IndexRules {
    static let maxSummaryLength = 512
    static let maxProjectURLLabelLength = 32

    /// The first fault: in `Version`, then in the other fields by name.
    static func check(_ metadata: CoreMetadata, _ policy: UploadPolicy) throws(PackagingError) {
        if metadata.version.hasLocal && !policy.allowsLocalVersions {
            throw fault(.version, "The use of local versions in '\(metadata.version)' is not allowed.")
        }
        try checkEmail(.authorEmail, metadata.authorEmail)
        try checkClassifiers(metadata.classifiers, policy)
        try checkURL(.downloadURL, metadata.downloadURL)
        try checkDynamic(metadata.dynamic)
        try checkURL(.homePage, metadata.homePage)
        if metadata.license != nil && metadata.licenseExpression != nil {
            throw fault(
                .license,
                "License is deprecated when License-Expression is present. "
                    + "Only License-Expression should be present.")
        }
        try checkEmail(.maintainerEmail, metadata.maintainerEmail)
        try checkRequirements(.obsoletesDist, metadata.raw[.obsoletesDist], policy)
        try checkProjectURLs(metadata.projectURLs)
        try checkRequirements(.providesDist, metadata.raw[.providesDist], policy)
        try checkDirectDependencies(metadata.requiresDist, policy)
        if let summary = metadata.summary, PythonText.length(summary) > maxSummaryLength {
            throw fault(.summary, "'summary' field must be \(maxSummaryLength) characters or less.")
        }
    }

    private static func checkEmail(_ field: MetadataField, _ value: String?) throws(PackagingError) {
        guard let value, let address = EmailAddress.only(in: value),
            let reason = EmailAddress.fault(in: address)
        else { return }
        throw fault(field, "\(PythonText.repr(address)) is not a valid email address: \(reason)")
    }

    private static func checkURL(_ field: MetadataField, _ value: String?) throws(PackagingError) {
        guard let value, !WebAddress.isValid(value) else { return }
        throw fault(field, "\(PythonText.repr(value)) is not a valid url.")
    }

    private static func checkClassifiers(
        _ classifiers: [String], _ policy: UploadPolicy
    ) throws(PackagingError) {
        let refused = classifiers.filter {
            !Classifier.isPlausible($0) || Classifier.isPrivate($0) && !policy.allowsPrivateClassifiers
        }
        if let first = refused.min() {
            throw fault(.classifier, "\(PythonText.repr(first)) is not a valid classifier.")
        }
    }

    private static func checkDynamic(_ fields: [String]) throws(PackagingError) {
        for field in fields where field == MetadataField.dynamic.rawValue {
            throw fault(.dynamic, "Dynamic field \(PythonText.repr(field)) is not a valid dynamic field.")
        }
    }

    private static func checkProjectURLs(_ urls: [ProjectURL]) throws(PackagingError) {
        for url in urls {
            if url.label.isEmpty { throw fault(.projectURL, "Must have a label") }
            if PythonText.length(url.label) > maxProjectURLLabelLength {
                throw fault(
                    .projectURL,
                    "\(PythonText.repr(url.label)) must be \(maxProjectURLLabelLength) characters or less.")
            }
            if url.url.isEmpty { throw fault(.projectURL, "Must have a URL") }
            if !WebAddress.isValid(url.url) {
                throw fault(.projectURL, "\(PythonText.repr(url.url)) is not a valid url")
            }
        }
    }

    /// Fields of requirements that ``CoreMetadata`` has not parsed.
    private static func checkRequirements(
        _ field: MetadataField, _ texts: [String], _ policy: UploadPolicy
    ) throws(PackagingError) {
        for text in texts {
            let requirement: Requirement
            do throws(PackagingError) {
                requirement = try Requirement(text)
            } catch {
                throw fault(field, "\(PythonText.repr(text)) is invalid: \(error)")
            }
            if requirement.url != nil && !policy.allowsDirectDependencies {
                throw fault(field, "Can't have direct dependency: \(PythonText.repr(text))")
            }
        }
    }

    private static func checkDirectDependencies(
        _ requirements: [Requirement], _ policy: UploadPolicy
    ) throws(PackagingError) {
        guard !policy.allowsDirectDependencies else { return }
        for requirement in requirements where requirement.url != nil {
            throw fault(.requiresDist, "Can't have direct dependency: \(requirement)")
        }
    }

    private static func fault(_ field: MetadataField, _ message: String) -> PackagingError {
        .invalidMetadata(field: field.rawValue, message: message)
    }
}

package import Packaging

/// What an operator decides about uploads.
package struct UploadRules: Sendable {
    /// Bytes, of one distribution.
    package var maxFileSize: Int
    /// What is accepted beyond what the Python index accepts.
    package var policy: UploadPolicy
    package var isReadOnly: Bool

    package init(maxFileSize: Int, policy: UploadPolicy, isReadOnly: Bool = false) {
        self.maxFileSize = maxFileSize
        self.policy = policy
        self.isReadOnly = isReadOnly
    }
}

/// Refusals in the words of Warehouse, whose clients look for them.
extension UploadRefusal {
    package static let readOnly = UploadRefusal(
        status: 403, message: "Read-only mode: Uploads are temporarily disabled.")

    package static let unauthenticated = UploadRefusal(
        status: 403,
        message: "Invalid or non-existent authentication information. "
            + "Use a token of this index with the user name __token__.")

    package static let passwordAuthentication = UploadRefusal(
        status: 403,
        message: "Username/Password authentication is no longer supported. "
            + "Migrate to API Tokens or Trusted Publishers instead. Use a token with the user name __token__."
    )

    static func notAllowed(account: String, project: String) -> UploadRefusal {
        UploadRefusal(
            status: 403, message: "The user '\(account)' isn't allowed to upload to project '\(project)'.")
    }

    static func closed(project: String, _ status: ProjectStatus) -> UploadRefusal {
        UploadRefusal(
            status: 403,
            message: "The project '\(project)' is \(status.rawValue) and takes no uploads. "
                + "An administrator of this index can open it again.")
    }

    static func tooSimilar(_ name: String) -> UploadRefusal {
        UploadRefusal(
            status: 400,
            message: "The name '\(name)' is too similar to an existing project. Choose another name.")
    }

    package static func tooLarge(project: String, limit: Int) -> UploadRefusal {
        UploadRefusal(
            status: 400,
            message: "File too large. Limit for project '\(project)' is \(limit / (1 << 20)) MB.")
    }

    static func exists(_ filename: String, blake2b: String) -> UploadRefusal {
        UploadRefusal(
            status: 400,
            message: "File already exists ('\(filename)', with blake2_256 hash '\(blake2b)'). "
                + "Use a new version or build number.")
    }

    static let claimed = UploadRefusal(
        status: 409,
        message: "The project is signed for by its maintainers: its files change with their signatures only. "
            + "Upload again to stage the file, or use `seal`.")

    static let previouslyRemoved = UploadRefusal(
        status: 400,
        message: "This filename was previously used by a file that has since been deleted. "
            + "Use a different version.")

    static let secondSdist = UploadRefusal(
        status: 400, message: "Only one sdist may be uploaded per release.")
}

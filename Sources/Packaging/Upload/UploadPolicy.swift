/// What an index accepts beyond what the Python index does. By default nothing: packages of one organisation
/// never meet the public whose sake those rules are for, but their operators must say so.
package struct UploadPolicy: Hashable, Sendable {
    /// Versions such as `1.0+ourpatch.2`.
    package var allowsLocalVersions: Bool
    /// Classifiers that begin with `Private ::`, which keep a project off the Python index.
    package var allowsPrivateClassifiers: Bool
    /// Requirements that name a URL, as in `a @ https://example.org/a.whl`.
    package var allowsDirectDependencies: Bool
    /// Wheels for plain Linux platforms such as `linux_x86_64`.
    package var allowsPlainLinuxWheels: Bool

    package init(
        allowsLocalVersions: Bool = false, allowsPrivateClassifiers: Bool = false,
        allowsDirectDependencies: Bool = false, allowsPlainLinuxWheels: Bool = false
    ) {
        self.allowsLocalVersions = allowsLocalVersions
        self.allowsPrivateClassifiers = allowsPrivateClassifiers
        self.allowsDirectDependencies = allowsDirectDependencies
        self.allowsPlainLinuxWheels = allowsPlainLinuxWheels
    }
}

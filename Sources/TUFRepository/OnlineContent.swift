package import TUF

/// Everything that an online targets role says: files for a bin, delegations for recently-claimed.
package struct OnlineContent: Hashable, Sendable {
    package var files: [TargetPath: TargetFile]
    package var delegations: Delegations?

    package init(files: [TargetPath: TargetFile] = [:], delegations: Delegations? = nil) {
        self.files = files
        self.delegations = delegations
    }
}

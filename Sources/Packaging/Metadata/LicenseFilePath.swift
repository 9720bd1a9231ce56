/// The form of `License-File`: a path inside the distribution.
///
/// - Source: PEP 639; `packaging.metadata`.
enum LicenseFilePath {
    /// Why the path is refused, or nil.
    static func fault(in path: String) -> String? {
        let prefix = "\(PythonText.repr(path)) is invalid for 'license-file', "
        let bytes = Array(path.utf8)
        if path.contains("..") { return prefix + "parent directory indicators are not allowed" }
        if path.contains("*") { return prefix + "paths must be resolved" }
        if isAbsolute(bytes) { return prefix + "paths must be relative" }
        let parts = bytes.split(separator: UInt8(character: "/"), omittingEmptySubsequences: false)
        let isNormal =
            !bytes.contains(UInt8(character: "\\"))
            && !parts.contains { $0.isEmpty || $0.elementsEqual(".".utf8) }
        return isNormal ? nil : prefix + "paths must use '/' delimiter"
    }

    private static func isAbsolute(_ bytes: [UInt8]) -> Bool {
        func isSlash(_ index: Int) -> Bool {
            index < bytes.count && (bytes[index] == "/" || bytes[index] == "\\")
        }
        let hasDrive = bytes.count > 1 && bytes[0].isLetter && bytes[1] == ":"
        return bytes.first == "/" || isSlash(0) && isSlash(1) || hasDrive && isSlash(2)
    }
}

import Foundation

/// A tree of folders with distributions in it.
struct ImportFolder {
    let path: String

    private static let endings = [".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz", ".egg", ".exe"]

    /// Files that look like distributions, of any kind ever uploaded, in a stable order. Links are not followed.
    ///
    /// - Throws: ``Refusal`` where the folder cannot be read.
    func distributions() throws -> [String] {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue,
            let tree = FileManager.default.enumerator(atPath: path)
        else { throw Refusal("'\(path)' is not a folder that can be read") }
        var files: [String] = []
        while let file = tree.nextObject() as? String {
            guard Self.endings.contains(where: { file.hasSuffix($0) }),
                tree.fileAttributes?[.type] as? FileAttributeType == .typeRegular
            else { continue }
            files.append("\(path)/\(file)")
        }
        return files.sorted()
    }
}

package import Foundation
import Packaging
package import TUF
package import TUFRepository

/// The ZIP archive of a signed project transaction, in a private temporary file that goes when this goes.
///
/// - Shape: `metadata/project-<p>.json`, `targets/<p>/<file>` (PEP 480, "Snapshot Process").
package final class TransactionFile: Sendable {
    package let location: URL
    /// Bytes.
    package let size: Int

    /// - Throws: ``SealingError`` `.notUsable`.
    package init(
        of draft: ProjectDraft, signature: Signature, distributions: [LocalDistribution]
    ) throws(SealingError) {
        var template = Array((NSTemporaryDirectory() + "/seal-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw .notUsable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        location = URL(fileURLWithPath: path)
        do throws(ZipWriterError) {
            try Self.write(draft, signature, distributions, to: descriptor)
        } catch {
            unlink(path)
            switch error {
            case .system(let code): throw .notUsable(file: path, reason: String(cString: strerror(code)))
            case .tooLarge:
                throw .notUsable(file: path, reason: "a transaction stays under 4 GiB; send fewer files")
            }
        }
        size = Int(lseek(descriptor, 0, SEEK_END))
    }

    deinit { unlink(location.path) }

    private static func write(
        _ draft: ProjectDraft, _ signature: Signature, _ distributions: [LocalDistribution],
        to descriptor: Int32
    ) throws(ZipWriterError) {
        let name = draft.project.normalized
        var archive = ZipWriter(descriptor: descriptor)
        let envelope = Envelope(unsigned: draft.targets).adding(signature)
        try archive.add("metadata/project-\(name).json", envelope.encoded())
        try archive.add("targets/\(name)/index.html", draft.html)
        try archive.add("targets/\(name)/index.json", draft.json)
        for distribution in distributions {
            try archive.add(
                "targets/\(name)/\(distribution.facts.filename)",
                contentsOf: distribution.file.fileDescriptor)
        }
        try archive.finish()
    }
}

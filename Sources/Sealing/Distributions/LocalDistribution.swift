import Blobs
import Foundation
import Packaging
import TUF
package import TUFRepository

/// A wheel or source distribution on this machine, inspected as the index will inspect it.
///
/// The descriptor stays open, so that what is sent is what was looked at.
package final class LocalDistribution: Sendable {
    package let path: String
    package let facts: FileFacts
    package let projectName: String
    let file: FileHandle

    /// - Throws: ``SealingError`` `.notUsable`.
    package init(reading path: String) throws(SealingError) {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .notUsable(file: path, reason: String(cString: strerror(errno))) }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notUsable(file: path, reason: "not a regular file")
        }
        do {
            let name = try DistributionFilename(URL(fileURLWithPath: path).lastPathComponent)
            let inspected = try DistributionInspector().inspect(descriptor: descriptor, filename: name)
            let (size, digests) = try Self.hash(descriptor)
            projectName = inspected.coreMetadata.name.display
            facts = FileFacts(
                filename: name.text, version: name.version, size: size, sha256Hex: digests.sha256Hex,
                blake2Hex: digests.blake2Hex, md5Hex: digests.md5Hex,
                requiresPython: inspected.coreMetadata.requiresPythonText,
                metadataSHA256Hex: name.fileType == .wheel ? Digest.sha256Hex(inspected.metadata) : nil)
        } catch let refusal as UploadRefusal {
            throw .notUsable(file: path, reason: refusal.message)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .notUsable(file: path, reason: "not the name of a wheel or source distribution")
        }
    }

    private static func hash(_ descriptor: Int32) throws -> (size: Int, ContentDigests) {
        let hasher = ContentHasher()
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        var size = 0
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(size))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw CocoaError(.fileReadUnknown) }
            if count == 0 { return (size, hasher.digests()) }
            chunk.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += count
        }
    }
}

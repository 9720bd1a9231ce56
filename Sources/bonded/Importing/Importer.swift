import Blobs
import Foundation
import Packaging
import Warehouse

/// What became of one file of an import.
enum ImportOutcome {
    case added(transaction: Int)
    case alreadyThere
    case refused(String)
}

/// Brings distributions from disk into the index, through the checks that uploads go through.
struct Importer {
    let warehouse: Warehouse
    let rules: UploadRules
    let identity: Identity

    func take(_ path: String) async -> ImportOutcome {
        do {
            switch try await receipt(for: path) {
            case .recorded(let transaction): return .added(transaction: transaction)
            case .alreadyThere: return .alreadyThere
            }
        } catch let refusal as UploadRefusal {
            return .refused(refusal.message)
        } catch {
            return .refused("\(error)")
        }
    }

    private func receipt(for path: String) async throws -> UploadReceipt {
        let text = URL(fileURLWithPath: path).lastPathComponent
        let parsed = try DistributionFilename(text)
        let name = try DistributionFilename(
            checking: text, as: parsed.fileType, project: parsed.project, version: parsed.version,
            policy: rules.policy)
        try await warehouse.authorizeUpload(to: name.project, by: identity)
        let writer = try warehouse.blobs.makeUpload()
        defer { writer.discard() }
        let candidate = Candidate(project: name.project, name: name, written: try copy(path, to: writer))
        if let receipt = try await warehouse.admit(candidate, rules: rules) { return receipt }
        let inspected = try DistributionInspector().inspect(descriptor: writer.descriptor, filename: name)
        return try await warehouse.record(
            try warehouse.store(candidate, in: writer, inspected: inspected), by: identity)
    }

    private func copy(_ path: String, to writer: BlobWriter) throws -> BlobWriter.Written {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        while let chunk = try file.read(upToCount: 256 << 10), !chunk.isEmpty {
            try writer.append([UInt8](chunk))
        }
        return try writer.finish()
    }
}

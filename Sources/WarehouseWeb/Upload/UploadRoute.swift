import Blobs
import HTTPMessage
import HTTPServer
import Logging
import Packaging
import Warehouse

/// `POST /legacy/`: the upload API as Warehouse serves it, checks in its order and words.
extension Site {
    func respondToUpload(_ request: Request) async -> Response {
        do {
            guard !upload.rules.isReadOnly else { throw UploadRefusal.readOnly }
            let identity = try await authenticate(request.head)
            let body = try await UploadBody.read(request, into: warehouse.blobs, on: pool)
            defer { body.discardFile() }
            let receipt = try await accept(body, query: request.head.queryItems(), by: identity)
            let snapshot = await feed.publication(of: receipt.transaction, within: upload.wait)
            guard let snapshot else { return .text(.ok, Self.warning(waited: upload.wait)) }
            return Response(.ok, headers: ["X-Bonded-Snapshot": String(snapshot)])
        } catch let refusal as UploadRefusal {
            return .refusal(
                Status(refusal.status, reason: refusal.message), message: refusal.message, to: request.head)
        } catch let error as RequestError {
            return .refusal(error)
        } catch {
            warehouse.logger.error("an upload failed", metadata: ["error": "\(error)"])
            return .refusal(
                .serviceUnavailable, message: "The index could not store the file. Try again.",
                to: request.head)
        }
    }

    /// Takes a whole form through every check into the database.
    private func accept(
        _ body: UploadBody, query: [(name: String, value: String)], by identity: Identity
    ) async throws -> UploadReceipt {
        let fields = query + body.fields
        try Self.check(action: fields.first { $0.name == ":action" }?.value)
        let form = try UploadForm(fields: fields, policy: upload.rules.policy)
        guard let part = body.file else {
            throw UploadRefusal.missingFile
        }
        let project = form.metadata.name
        try await warehouse.authorizeUpload(to: project, by: identity)
        try DistributionFilename.check(part.filename, as: form.fileType)
        try UploadRefusal.check(contentType: part.contentType)
        let written = try await pool.run { try part.writer.finish() }
        let digests = written.digests
        try form.digests.check(
            md5: digests.md5Hex, sha256: digests.sha256Hex, blake2b256: digests.blake2Hex)
        let name = try DistributionFilename(
            checking: part.filename, as: form.fileType, project: project, version: form.metadata.version,
            policy: upload.rules.policy)
        let candidate = Candidate(project: project, name: name, written: written)
        if let receipt = try await warehouse.admit(candidate, rules: upload.rules) { return receipt }

        let warehouse = warehouse
        let distribution = try await pool.run {
            let inspected = try DistributionInspector().inspect(
                descriptor: part.writer.descriptor, filename: name)
            if let refusal = UploadRefusal(form: form, metadata: inspected.coreMetadata) { throw refusal }
            return try warehouse.store(candidate, in: part.writer, inspected: inspected)
        }
        return try await warehouse.record(distribution, by: identity)
    }

    /// Twine's forerunners knew more actions.
    private static func check(action: String?) throws(UploadRefusal) {
        switch action {
        case "file_upload": return
        case "submit", "submit_pkg_info":
            throw UploadRefusal(
                status: 410,
                message: "Project pre-registration is no longer required or supported, "
                    + "upload your files instead.")
        case "doc_upload":
            throw UploadRefusal(status: 410, message: "Uploading documentation is no longer supported.")
        default:
            throw UploadRefusal(message: "Unknown action: send ':action' with the value 'file_upload'.")
        }
    }

    private static func warning(waited: Duration) -> String {
        "Warning: the file is stored, but no snapshot lists it yet, so installers do not see it. "
            + "It becomes visible with the next snapshot; /readyz says whether one is being made. "
            + "(Waited \(waited / .seconds(1)) s.)"
    }
}

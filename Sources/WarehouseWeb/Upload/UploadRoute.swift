import Blobs
import HTTPMessage
import HTTPServer
import Logging
import Packaging
import TUFRepository
import Warehouse

/// `POST /legacy/`: the upload API as Warehouse serves it, checks in its order and words.
extension Site {
    private enum Accepted {
        case recorded(UploadReceipt)
        /// The project is claimed; the file waits for signatures.
        case staged(StoredDraft)
    }

    func respondToUpload(_ request: Request) async -> Response {
        do {
            guard !upload.rules.isReadOnly else { throw UploadRefusal.readOnly }
            let identity = try await authenticate(request.head)
            let body = try await UploadBody.read(request, into: warehouse.blobs, on: pool)
            defer { body.discardFile() }
            let accepted = try await accept(body, query: request.head.queryItems(), by: identity)
            let receipt: UploadReceipt
            switch accepted {
            case .staged(let draft): return .text(.ok, Self.staged(draft))
            case .recorded(let recorded): receipt = recorded
            }
            let snapshot = await feed.publication(of: receipt.transaction, within: upload.wait)
            guard let snapshot else { return .text(.ok, Self.warning(waited: upload.wait)) }
            return Response(.ok, headers: ["X-Bonded-Snapshot": String(snapshot)])
        } catch let refusal as TransactionRefusal {
            let status = refusal.check.status
            return .refusal(
                Status(status.code, reason: refusal.detail), message: refusal.detail, to: request.head)
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
    ) async throws -> Accepted {
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
        if let receipt = try await warehouse.admit(candidate, rules: upload.rules) {
            return .recorded(receipt)
        }

        let (warehouse, rules) = (warehouse, upload.rules)
        let distribution = try await pool.run {
            try warehouse.inspectAndStore(candidate, in: part.writer, rules: rules, form: form)
        }
        if try await warehouse.isClaimed(project.normalized) {
            return .staged(try await warehouse.stage(distribution, by: identity, rules: claims, now: now()))
        }
        return .recorded(try await warehouse.record(distribution, by: identity))
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

    private static func staged(_ draft: StoredDraft) -> String {
        let project = draft.project.normalized
        let missing = draft.standing.missing
        return
            "Staged, and not visible to installers yet: '\(project)' is signed for by its maintainers, and "
            + "\(missing) \(missing == 1 ? "signature is" : "signatures are") missing. "
            + "Add yours with: seal cosign \(project)"
    }

    private static func warning(waited: Duration) -> String {
        "Warning: the file is stored, but no snapshot lists it yet, so installers do not see it. "
            + "It becomes visible with the next snapshot; /readyz says whether one is being made. "
            + "(Waited \(waited / .seconds(1)) s.)"
    }
}

extension Warehouse {
    /// Looks into a distribution and moves it to its final place. Blocks on the disk.
    ///
    /// - Parameter form: what its uploader said of it, if anything; the two must agree.
    /// - Throws: ``UploadRefusal``, `BlobError`.
    func inspectAndStore(
        _ candidate: Candidate, in writer: BlobWriter, rules: UploadRules, form: UploadForm? = nil
    ) throws -> StoredDistribution {
        try check(size: candidate, rules: rules)
        let inspected = try DistributionInspector().inspect(
            descriptor: writer.descriptor, filename: candidate.name)
        if let form, let refusal = UploadRefusal(form: form, metadata: inspected.coreMetadata) {
            throw refusal
        }
        return try store(candidate, in: writer, inspected: inspected)
    }
}

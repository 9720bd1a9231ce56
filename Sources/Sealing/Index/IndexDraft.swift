package import CanonicalJSON
import Packaging
package import TUF
package import TUFRepository

/// A draft as the index shows it. What is to be signed was made again from its pages before this exists.
package struct IndexDraft: Sendable {
    package enum State: String, Sendable { case open, staged, submitted, published }

    package let id: Int
    package let state: State
    /// Who asked for it.
    package let account: String
    package let changes: ProjectChanges
    package let draft: ProjectDraft
    package let signatures: [Signature]
    package let missingFiles: [String]
    package let signedBy: Int
    package let threshold: Int
    /// When the index gives it up, in its own words.
    package let expiresAt: String
    /// The first snapshot that carries it.
    package let snapshot: Int?

    /// - Throws: ``SealingError``: `.unexpectedAnswer`; `.distrusted` for a draft that is not what its pages make it.
    package init(json value: JSONValue?) throws(SealingError) {
        guard let object = value?.object, let id = object["id"]?.integer,
            let state = object["state"]?.string.flatMap(State.init(rawValue:)),
            let account = object["account"]?.string, let project = object["project"]?.string,
            let signed = object["signed"], let pages = object["pages"]?.object,
            let html = pages["index.html"]?.string, let json = pages["index.json"]?.string,
            let changes = object["changes"], let signatures = object["signatures"]?.array,
            let missing = object["missing_files"]?.array, let signedBy = object["signed_by"]?.integer,
            let threshold = object["threshold"]?.integer, let expiresAt = object["expires_at"]?.string
        else { throw .unexpectedAnswer("a draft with members missing") }
        self.id = id
        self.state = state
        self.account = account
        do {
            self.changes = try ProjectChanges(json: changes)
            draft = try ProjectDraft(
                project: try ProjectName(project), signed: signed.jsonBytes(), html: Array(html.utf8),
                json: Array(json.utf8))
            self.signatures = try signatures.map { try Self.signature($0) }
        } catch let refusal as TransactionRefusal {
            throw .distrusted(refusal)
        } catch {
            throw .unexpectedAnswer("a draft that cannot be read: \(error)")
        }
        missingFiles = missing.compactMap(\.string)
        self.signedBy = signedBy
        self.threshold = threshold
        self.expiresAt = expiresAt
        snapshot = object["snapshot"]?.integer
    }

    /// The index says beside each signature whose it is.
    private static func signature(_ value: JSONValue) throws -> Signature {
        var object = value.object ?? [:]
        object["account"] = nil
        return try Signature(json: .object(object))
    }
}

/// A registered key of an account.
package struct IndexKey: Hashable, Sendable {
    package let id: KeyID
    package let label: String
    /// `active`, `waiting` or `retired`.
    package let state: String

    package init(json value: JSONValue?) throws(SealingError) {
        guard let object = value?.object, let text = object["keyid"]?.string, let id = try? KeyID(text),
            let label = object["label"]?.string, let state = object["state"]?.string
        else { throw .unexpectedAnswer("a key with members missing") }
        self.id = id
        self.label = label
        self.state = state
    }
}

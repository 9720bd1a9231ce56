package import CanonicalJSON
package import TUF

/// What a maintainer asks a project's next version to change. Nothing at all renews its expiry.
package struct ProjectChanges: Hashable, Sendable {
    /// Registered keys, and how many must sign.
    package struct Authority: Hashable, Sendable {
        package let keyIDs: [KeyID]
        package let threshold: Int

        package init(keyIDs: [KeyID], threshold: Int) {
            self.keyIDs = keyIDs
            self.threshold = threshold
        }
    }

    /// Who signs from then on. For a project that is not claimed, this claims it.
    package var authority: Authority?
    package var add: [FileFacts] = []
    /// Filenames.
    package var remove: [String] = []
    /// Why, by filename; the reason may be empty.
    package var yank: [String: String] = [:]
    /// Filenames.
    package var unyank: [String] = []

    package init() {}

    package init(json: JSONValue) throws(TransactionRefusal) {
        let fields = try WireFields(json, allowing: ["maintainers", "add", "remove", "yank", "unyank"])
        if let value = fields["maintainers"] {
            let wanted = try WireFields(value, allowing: ["keyids", "threshold"])
            var ids: [KeyID] = []
            for text in try wanted.strings("keyids") {
                guard let id = try? KeyID(text) else {
                    throw TransactionRefusal(.draft, value: text, "'\(text)' is not a key ID.")
                }
                ids.append(id)
            }
            authority = Authority(keyIDs: ids, threshold: try wanted.integer("threshold"))
        }
        for value in try fields.array("add") { add.append(try FileFacts(json: value)) }
        remove = try fields.strings("remove")
        unyank = try fields.strings("unyank")
        if fields["yank"] != nil {
            for (filename, reason) in try fields.object("yank").members {
                guard let text = reason.string else {
                    throw TransactionRefusal(.draft, value: filename, "A reason must be a string.")
                }
                yank[filename] = text
            }
        }
    }

    package var json: JSONObject {
        var object = JSONObject()
        if let authority {
            object["maintainers"] = [
                "keyids": .array(authority.keyIDs.map { .string($0.hex) }),
                "threshold": .integer(authority.threshold),
            ]
        }
        if !add.isEmpty { object["add"] = .array(add.map { .object($0.json) }) }
        if !remove.isEmpty { object["remove"] = .array(remove.map { .string($0) }) }
        if !yank.isEmpty {
            object["yank"] = .object(JSONObject(yank.map { ($0.key, JSONValue.string($0.value)) }))
        }
        if !unyank.isEmpty { object["unyank"] = .array(unyank.map { .string($0) }) }
        return object
    }
}

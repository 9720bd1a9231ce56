import CanonicalJSON
import Signing
package import TUF
import TUFRepository

/// The text of a draft: one JSON object.
///
/// ```
/// {"_type": "bonded-ceremony-draft", "_version": 1, "contributions": [contribution], "created": time,
///  "online": {role: a TUF key object}, "plan": sha256, "signatures": {role: [signature]}, "signed": {holder: time}}
/// ```
extension CeremonyDraft {
    /// sha256 of the canonical bytes of everything but the signatures and their times. Whoever reads the same one aloud
    /// signs the same keys, thresholds and expiries.
    package var fingerprint: String { Digest.sha256Hex(JSONValue.object(factsJSON).canonicalBytes()) }

    package func encoded() -> [UInt8] {
        let made = signatures.map { role, list in (role.text, JSONValue.array(list.map { .object($0.json) }))
        }
        let times = signed.map { holder, time in (holder.text, JSONValue.string(time.description)) }
        let json = factsJSON.merging([
            "signatures": .object(JSONObject(made)), "signed": .object(JSONObject(times)),
        ])
        return JSONValue.object(json).jsonBytes() + [UInt8(ascii: "\n")]
    }

    /// Reads a draft's file and holds it to a plan: everything in it is checked, signatures included.
    ///
    /// - Parameters:
    ///   - plan: the reader's own copy.
    ///   - now: a draft that is too old is refused.
    /// - Throws: `.draft`, `.signing`.
    package init(reading path: String, plan: CeremonyPlan, now: MetadataTime) throws(CeremonyError) {
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.bytes(of: path, maxBytes: Self.maxFileBytes, forbidding: .nobody)
        } catch {
            throw .signing(error)
        }
        do throws(DraftFault) {
            try self.init(parsing: bytes, plan: plan)
            do { try Staleness.check(made: created, at: now) } catch { throw .stale(error) }
        } catch {
            throw .draft(path: path, fault: error)
        }
    }

    init(parsing bytes: [UInt8], plan: CeremonyPlan) throws(DraftFault) {
        guard let object = (try? JSONValue(parsing: bytes))?.object, object["_type"]?.string == Self.type
        else { throw .notADraft }
        guard let version = object["_version"]?.integer, version == Self.version else {
            throw .unsupportedVersion
        }
        let text: DraftText
        do { text = try DraftText(object) } catch { throw .malformed(field: error.name) }
        guard text.plan == plan.digest else { throw .otherPlan(drafted: text.plan, yours: plan.digest) }
        var contributions: [Contribution] = []
        for json in text.contributions {
            do { contributions.append(try Contribution(json: json)) } catch {
                throw .malformedContribution(error)
            }
        }
        try self.init(
            CeremonyFacts(
                Contributions(contributions, to: plan, at: text.created), onlineKeys: text.online,
                created: text.created))
        signatures = text.signatures
        signed = text.signed
        try checkSignatures()
    }

    private var factsJSON: JSONObject {
        let online = facts.onlineKeys.map { role, key in (role.rawValue, JSONValue.object(key.json)) }
        return [
            "_type": .string(Self.type), "_version": .integer(Self.version), "plan": .string(plan.digest),
            "contributions": .array(contributions.all.map { .object($0.json) }),
            "created": .string(created.description), "online": .object(JSONObject(online)),
        ]
    }

    private static let type = "bonded-ceremony-draft"
    private static let version = 1
    /// Our own limit; a holder takes some 1200 bytes.
    private static let maxFileBytes = 4 << 20
}

/// The members of a draft, none of them checked beyond its own shape.
private struct DraftText {
    let plan: String
    let created: MetadataTime
    let contributions: [JSONValue]
    let online: [OnlineRole: PublicKey]
    let signatures: [RoleName: [Signature]]
    let signed: [HolderName: MetadataTime]

    init(_ object: JSONObject) throws(FieldFault) {
        let fields = try CarriedFields(
            object,
            known: [
                "_type", "_version", "contributions", "created", "online", "plan", "signatures", "signed",
            ])
        plan = try fields.required("plan") { json in json.string.flatMap { Hex.isLowercase($0) ? $0 : nil } }
        created = try fields.required("created") { try $0.string.map { try MetadataTime(parsing: $0) } }
        contributions = try fields.required("contributions") { $0.array }
        online = try fields.required("online") { json in
            var keys: [OnlineRole: PublicKey] = [:]
            for (name, key) in try CarriedFields.members(json) {
                guard let role = OnlineRole(rawValue: name), let object = key.object else { return nil }
                keys[role] = try PublicKey(json: object)
            }
            return keys
        }
        signatures = try fields.required("signatures") { json in
            var made: [RoleName: [Signature]] = [:]
            for (name, list) in try CarriedFields.members(json) {
                guard let list = list.array else { return nil }
                // Members that a signature does not have are left out: these go into the metadata.
                let signatures = try list.map { json in
                    let signature = try Signature(json: json)
                    return Signature(keyID: signature.keyID, bytes: signature.bytes)
                }
                guard Set(signatures.map(\.keyID)).count == signatures.count else { return nil }
                made[try RoleName(name)] = signatures
            }
            return made
        }
        signed = try fields.required("signed") { json in
            var times: [HolderName: MetadataTime] = [:]
            for (name, time) in try CarriedFields.members(json) {
                guard let text = time.string else { return nil }
                times[try HolderName(name)] = try MetadataTime(parsing: text)
            }
            return times
        }
    }
}

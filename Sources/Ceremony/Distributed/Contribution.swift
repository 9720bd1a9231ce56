import CanonicalJSON
package import Signing
package import TUF
import TUFRepository

/// A holder's public key on its way into a ceremony, with the proof that the holder has the private half.
///
/// - Shape: `{"_type": "bonded-ceremony-contribution", "_version": 1, "holder": name, "key": a TUF key object,
///   "made": time, "plan": sha256, "proof": signature}`. The proof is over the canonical bytes of everything else: no
///   contribution counts for another name, plan or time than those that its key has signed.
package struct Contribution: Hashable, Sendable {
    package let holder: HolderName
    package let publicKey: PublicKey
    package let made: MetadataTime
    /// ``CeremonyPlan/digest``.
    package let plan: String
    private let proof: Signature

    /// Our own limit; a contribution has about 600 bytes.
    private static let maxFileBytes = 8 * 1024

    /// - Throws: `.contribution` where the plan gives the holder no key, or the key is no Ed25519 key; `.signing`.
    package init(
        by holder: HolderName, to plan: CeremonyPlan, with signer: any Signer, now: MetadataTime
    ) throws(CeremonyError) {
        self.holder = holder
        publicKey = signer.publicKey
        made = now
        self.plan = plan.digest
        do {
            proof = try signer.sign(
                Self.statement(holder: holder, publicKey: signer.publicKey, made: now, plan: plan.digest))
        } catch {
            throw .signing(error)
        }
        do { try check(against: plan, at: now) } catch { throw .contribution(path: nil, fault: error) }
    }

    /// Reads a contribution's file and checks that it belongs to this plan.
    ///
    /// - Throws: `.contribution`, `.signing`.
    package init(reading path: String, for plan: CeremonyPlan, now: MetadataTime) throws(CeremonyError) {
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.bytes(of: path, maxBytes: Self.maxFileBytes, forbidding: .nobody)
        } catch {
            throw .signing(error)
        }
        do throws(ContributionFault) {
            try self.init(json: try? JSONValue(parsing: bytes))
            try check(against: plan, at: now)
        } catch {
            throw .contribution(path: path, fault: error)
        }
    }

    /// - Parameter json: nil for what is no JSON.
    init(json: JSONValue?) throws(ContributionFault) {
        guard let object = json?.object, object["_type"]?.string == Self.type else {
            throw .notAContribution
        }
        guard let version = object["_version"]?.integer, version == Self.version else {
            throw .unsupportedVersion
        }
        do {
            let fields = try CarriedFields(
                object, known: ["_type", "_version", "holder", "key", "made", "plan", "proof"])
            holder = try fields.required("holder") { try $0.string.map { try HolderName($0) } }
            publicKey = try fields.required("key") { try $0.object.map { try PublicKey(json: $0) } }
            made = try fields.required("made") { try $0.string.map { try MetadataTime(parsing: $0) } }
            plan = try fields.required("plan") { json in
                json.string.flatMap { Hex.isLowercase($0) ? $0 : nil }
            }
            let signature = try fields.required("proof") { try Signature(json: $0) }
            proof = Signature(keyID: signature.keyID, bytes: signature.bytes)
        } catch {
            throw .malformed(field: error.name)
        }
    }

    /// Checks that the holder has a place in the plan and the private half of the key.
    func check(against plan: CeremonyPlan, at now: MetadataTime) throws(ContributionFault) {
        guard self.plan == plan.digest else { throw .otherPlan(contributed: self.plan, yours: plan.digest) }
        guard plan.holders.contains(holder) else { throw .notInPlan(holder) }
        guard publicKey.isPlainEd25519 else { throw .notAnEd25519Key }
        let statement = Self.statement(holder: holder, publicKey: publicKey, made: made, plan: self.plan)
        guard proof.keyID == publicKey.id, publicKey.verifies(proof.bytes, over: statement) else {
            throw .notProven(holder)
        }
        do { try Staleness.check(made: made, at: now) } catch { throw .stale(error) }
    }

    var json: JSONObject {
        Self.facts(holder: holder, publicKey: publicKey, made: made, plan: plan)
            .merging(["proof": .object(proof.json)])
    }

    package func encoded() -> [UInt8] { JSONValue.object(json).jsonBytes() + [UInt8(ascii: "\n")] }

    private static let type = "bonded-ceremony-contribution"
    private static let version = 1

    private static func facts(
        holder: HolderName, publicKey: PublicKey, made: MetadataTime, plan: String
    ) -> JSONObject {
        [
            "_type": .string(type), "_version": .integer(version), "holder": .string(holder.text),
            "key": .object(publicKey.json), "made": .string(made.description), "plan": .string(plan),
        ]
    }

    private static func statement(
        holder: HolderName, publicKey: PublicKey, made: MetadataTime, plan: String
    ) -> [UInt8] {
        JSONValue.object(facts(holder: holder, publicKey: publicKey, made: made, plan: plan)).canonicalBytes()
    }
}

/// Why a contribution was refused.
package enum ContributionFault: Error, Hashable, Sendable {
    case notAContribution
    case unsupportedVersion
    /// A member is missing, not known or unusable.
    case malformed(field: String)
    case otherPlan(contributed: String, yours: String)
    case notInPlan(HolderName)
    case notAnEd25519Key
    /// The proof of possession does not verify.
    case notProven(HolderName)
    case stale(Staleness)
}

extension ContributionFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAContribution: "is no contribution to a ceremony; `seal ceremony contribute` makes one"
        case .unsupportedVersion:
            "is a contribution of another version of this program; make it with this one"
        case .malformed(let field): "'\(field)' is missing or unusable; have the holder make it again"
        case .otherPlan(let contributed, let yours):
            "is for another plan (sha256 \(contributed)) than yours (\(yours)): agree on one file, byte for byte, and "
                + "make the contribution again"
        case .notInPlan(let holder):
            "'\(holder)' holds no key in the plan; use the name that the plan has, or change the plan"
        case .notAnEd25519Key: "its key is not an Ed25519 key; make one with `seal key new`"
        case .notProven(let holder):
            "nothing proves that '\(holder)' holds the key: the file was altered, or put together from others; have "
                + "the holder make it again"
        case .stale(let staleness): "\(staleness); have the holder make it again"
        }
    }
}

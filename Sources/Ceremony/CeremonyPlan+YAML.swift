import Signing
package import StrictYAML
import TUF
import TUFRepository

extension CeremonyPlan {
    /// Reads a plan's file; `config/ceremony.yaml` explains every key.
    ///
    /// - Throws: `.signing` when the file cannot be read, `.plan` when it says what cannot be done.
    package init(reading path: String) throws(CeremonyError) {
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.bytes(of: path, maxBytes: YAMLMapping.maxBytes, forbidding: .nobody)
        } catch {
            throw .signing(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .plan(YAMLError(place: path, key: nil, reason: "not UTF-8 text"))
        }
        do {
            try self.init(yaml: text, file: path)
        } catch {
            throw .plan(error)
        }
    }

    /// Reads a plan's text.
    ///
    /// - Parameter file: what refusals call the text.
    package init(yaml text: String, file: String = "plan") throws(YAMLError) {
        let fields = try YAMLMapping(text: text, file: file)
        self.init(
            root: try Holders(fields.mapping("root")),
            targets: try Holders(fields.mapping("targets")),
            claimed: try Holders(fields.mapping("claimed")),
            unclaimed: try Holders(fields.mapping("unclaimed")),
            bins: try BinCount(reading: "bins", of: fields) ?? .default,
            expiry: try ExpiryPolicy(fields.mapping("expires_after_days")),
            digest: Digest.sha256Hex(Array(text.utf8)))
        try fields.finish()
    }
}

extension Holders {
    fileprivate init(_ fields: YAMLMapping) throws(YAMLError) {
        let texts = try fields.required("holders", fields.strings("holders"))
        let threshold = try fields.integer("threshold") ?? Self.defaultThreshold
        try fields.finish()
        var names: [HolderName] = []
        for (index, text) in texts.enumerated() {
            do {
                names.append(try HolderName(text))
            } catch {
                throw fields.refusal(of: "holders", item: index, because: "\(error)")
            }
        }
        do {
            try self.init(names, threshold: threshold)
        } catch .impossibleThreshold(let threshold, let holders) {
            let refusal = PlanRefusal.impossibleThreshold(threshold, holders: holders)
            throw fields.refusal(of: "threshold", because: "\(refusal)")
        } catch {
            throw fields.refusal(of: "holders", because: "\(error)")
        }
    }
}

extension BinCount {
    /// Nil where the key is absent.
    fileprivate init?(reading key: String, of fields: YAMLMapping) throws(YAMLError) {
        guard let count = try fields.integer(key) else { return nil }
        do {
            try self.init(count)
        } catch {
            throw fields.refusal(of: key, because: "\(error)")
        }
    }
}

extension ExpiryPolicy {
    fileprivate init(_ fields: YAMLMapping) throws(YAMLError) {
        var days: [Role: Int] = [:]
        for role in Role.allCases { days[role] = try fields.integer(role.rawValue) }
        try fields.finish()
        do {
            try self.init(days: days)
        } catch {
            let allowed = error.role.allowedDays
            throw fields.refusal(
                of: error.role.rawValue,
                because: "\(error.days) days is outside \(allowed.lowerBound) to \(allowed.upperBound)")
        }
    }
}

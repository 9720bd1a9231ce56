import Signing
import TUFRepository
import Yams

extension CeremonyPlan {
    /// Our own limit; a plan has some hundred bytes.
    static let maxBytes = 64 * 1024

    /// Reads a plan's file; `config/ceremony.yaml` explains every key.
    ///
    /// - Throws: `.signing` when the file cannot be read, `.plan` when it says what cannot be done.
    package init(reading path: String) throws(CeremonyError) {
        let bytes: [UInt8]
        do {
            bytes = try PrivateFile.bytes(of: path, maxBytes: Self.maxBytes, forbidding: .nobody)
        } catch {
            throw .signing(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .plan(PlanRefusal(file: path, key: "", reason: .notUTF8))
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
    package init(yaml text: String, file: String = "plan") throws(PlanRefusal) {
        let document = try PlanNode(parsing: text, file: file)
        let fields = try document.mapping(
            allowing: ["root", "targets", "claimed", "unclaimed", "bins", "expires_after_days"])
        self.init(
            root: try fields.required("root").holders(),
            targets: try fields.required("targets").holders(),
            claimed: try fields.required("claimed").holders(),
            unclaimed: try fields.required("unclaimed").holders(),
            bins: try fields.optional("bins")?.binCount() ?? .default,
            expiry: try fields.optional("expires_after_days")?.expiryPolicy() ?? ExpiryPolicy())
    }
}

/// A node of the plan's YAML that knows where it is.
private struct PlanNode {
    let node: Node
    let file: String
    let key: String

    init(node: Node, file: String, key: String) {
        self.node = node
        self.file = file
        self.key = key
    }

    init(parsing text: String, file: String) throws(PlanRefusal) {
        func refusal(_ reason: PlanRefusal.Reason) -> PlanRefusal {
            PlanRefusal(file: file, key: "", reason: reason)
        }
        guard text.utf8.count <= CeremonyPlan.maxBytes else {
            throw refusal(.tooLong(maxBytes: CeremonyPlan.maxBytes))
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw refusal(.notYAML(problem: "\(error)"))
        }
        guard let root else { throw refusal(.wrongType(expected: "a mapping with the roles' names as keys")) }
        self.init(node: root, file: file, key: "")
    }

    func refusal(_ reason: PlanRefusal.Reason) -> PlanRefusal {
        PlanRefusal(file: file, key: key, reason: reason)
    }

    func holders() throws(PlanRefusal) -> Holders {
        let fields = try mapping(allowing: ["holders", "threshold"])
        let list = try fields.required("holders")
        var names: [HolderName] = []
        for item in try list.items() {
            do { names.append(try HolderName(item.text())) } catch let reason as PlanRefusal.Reason {
                throw item.refusal(reason)
            } catch let refusal as PlanRefusal {
                throw refusal
            } catch {
                throw item.refusal(.wrongType(expected: "a name"))
            }
        }
        guard !names.isEmpty else {
            throw list.refusal(.wrongType(expected: "a list with at least one name"))
        }
        let threshold = try fields.optional("threshold")?.integer() ?? Holders.defaultThreshold
        do {
            return try Holders(names, threshold: threshold)
        } catch .holderTwice(let name) {
            throw list.refusal(.holderTwice(name))
        } catch {
            throw PlanRefusal(file: file, key: "\(key).threshold", reason: error)
        }
    }

    func binCount() throws(PlanRefusal) -> BinCount {
        let count = try integer()
        do { return try BinCount(count) } catch { throw refusal(error) }
    }

    func expiryPolicy() throws(PlanRefusal) -> ExpiryPolicy {
        let fields = try mapping(allowing: ExpiryPolicy.Role.allCases.map(\.rawValue))
        var days: [ExpiryPolicy.Role: Int] = [:]
        for role in ExpiryPolicy.Role.allCases {
            guard let value = try fields.optional(role.rawValue)?.integer() else { continue }
            days[role] = value
        }
        do {
            return try ExpiryPolicy(days: days)
        } catch {
            throw PlanRefusal(
                file: file, key: "\(key).\(error.role.rawValue)",
                reason: .impossibleExpiry(days: error.days, allowed: error.role.allowedDays))
        }
    }

    func mapping(allowing allowed: [String]) throws(PlanRefusal) -> PlanMapping {
        guard let mapping = node.mapping else {
            throw refusal(.wrongType(expected: "a mapping with the keys \(allowed.joined(separator: ", "))"))
        }
        var values: [String: PlanNode] = [:]
        for (name, value) in mapping {
            guard let text = name.scalar?.string else {
                throw refusal(.wrongType(expected: "a mapping with plain keys"))
            }
            let child = PlanNode(node: value, file: file, key: key.isEmpty ? text : "\(key).\(text)")
            guard allowed.contains(text) else { throw child.refusal(.unknownKey(allowed: allowed)) }
            values[text] = child
        }
        return PlanMapping(parent: self, values: values)
    }

    func items() throws(PlanRefusal) -> [PlanNode] {
        guard let sequence = node.sequence else { throw refusal(.wrongType(expected: "a list of names")) }
        return sequence.enumerated().map { PlanNode(node: $1, file: file, key: "\(key)[\($0)]") }
    }

    /// Text that YAML itself takes for text: `- 7` and `- yes` are none, `- "7"` is.
    func text() throws(PlanRefusal) -> String {
        guard let scalar = node.scalar, node.tag.description == Tag.Name.str.rawValue else {
            throw refusal(.wrongType(expected: "a name"))
        }
        return scalar.string
    }

    /// A whole number written in plain decimal digits; YAML's other spellings (`0x10`, `1_000`, `1:30`) are refused.
    func integer() throws(PlanRefusal) -> Int {
        guard let scalar = node.scalar, scalar.style == .plain || scalar.style == .any,
            node.tag.description == Tag.Name.int.rawValue,
            scalar.string.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            scalar.string.utf8.count == 1 || scalar.string.utf8.first != UInt8(ascii: "0"),
            let number = Int(scalar.string)
        else { throw refusal(.wrongType(expected: "a whole number")) }
        return number
    }
}

/// A mapping whose keys are known ones.
private struct PlanMapping {
    let parent: PlanNode
    let values: [String: PlanNode]

    func optional(_ name: String) throws(PlanRefusal) -> PlanNode? { values[name] }

    func required(_ name: String) throws(PlanRefusal) -> PlanNode {
        guard let value = values[name] else {
            let key = parent.key.isEmpty ? name : "\(parent.key).\(name)"
            throw PlanRefusal(file: parent.file, key: key, reason: .missing)
        }
        return value
    }
}

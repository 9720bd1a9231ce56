import ArgumentParser
import Foundation
import Packaging
import Signing
import TUF
import TUFRepository
import Warehouse

struct RecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Recover from stolen keys: plan it, and carry it out step by step.",
        discussion: """
            Says what was stolen: timestamp, snapshot, bins, recently-claimed, targets, claimed, unclaimed, root, or \
            project NAME for the keys of a project's maintainers. The steps follow from that (PEP 480, "In the Event of \
            a Key Compromise") and are shown before anything happens; --plan shows them only.

            Before it: rebuild the machine that was broken into, and give the keyring's files a new passphrase. The new \
            online keys are made by `bonded sign` on its machine. New keys of offline roles are made by their holders \
            with `seal key new`; every present key of a replaced role goes, unless --safe-key keeps it.

            --known-good takes an archive from `bonded snapshot archive`, from before the theft: what was added, changed \
            or deleted since is undone. Verified from --root, which must be a root of your own.

            Waits for the signatures. It may be stopped and run again at any point: `bonded recover --root FILE` goes on \
            from there. Exits with 75 where --no-wait is given and something has yet to happen elsewhere.
            """)

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("What was stolen; without this, a recovery under way goes on.", valueName: "role"))
    var compromised: [String] = []
    @Option(help: ArgumentHelp("A root's metadata that you trust.", valueName: "file"))
    var root: String
    @Option(help: ArgumentHelp("The archive of the last known good snapshot.", valueName: "file"))
    var knownGood: String?
    @Flag(
        help:
            "Begin without an archive: what the database holds is taken to be good. Run `bonded audit` first."
    )
    var withoutKnownGood = false
    @OptionGroup var keys: RecoveryKeyOptions
    @Option(help: ArgumentHelp("The bulletin's title.", valueName: "text"))
    var title: String?
    @Option(
        help: ArgumentHelp(
            "The bulletin's text, plain; without this it is made from the plan.", valueName: "file"))
    var bulletin: String?
    @Flag(help: "Show the plan, and do nothing.")
    var plan = false
    @Flag(help: "Do not ask before it begins.")
    var yes = false
    @OptionGroup var drafts: HandedOutDrafts
    @OptionGroup var settings: SettingsOption

    func validate() throws {
        if let title, !(1...200).contains(title.count) {
            throw ValidationError("--title must have 1 to 200 characters")
        }
        if plan, compromised.isEmpty { throw ValidationError("--plan needs --compromised") }
    }

    func run() async throws {
        let trusted = try PrivateFile.bytes(of: root, maxBytes: 512_000, forbidding: .nobody)
        if !compromised.isEmpty {
            let plan = try makePlan()
            print("What has to be done:")
            for (number, step) in plan.steps.enumerated() { print("  \(number + 1). \(step)") }
            if self.plan { return }
            if !plan.restored.isEmpty || !plan.projects.isEmpty, knownGood == nil, !withoutKnownGood {
                throw Refusal(
                    "name the archive of the last known good snapshot with --known-good FILE, or begin with "
                        + "--without-known-good once `bonded audit` finds nothing")
            }
            let (warehouse, request) = (try await settings.warehouse(), try request(plan))
            if !yes { try TerminalPrompt().confirm("Begin?") }
            try await warehouse.beginRecovery(request)
        }
        try await RecoveryCourse(
            warehouse: settings.warehouse(), trustedRoot: trusted, archive: knownGood, drafts: drafts
        ).follow()
    }

    private func makePlan() throws -> RecoveryPlan {
        var roles: Set<RoleName> = []
        var projects: [String] = []
        var rest = compromised[...]
        while let word = rest.popFirst() {
            if word == "project" {
                guard let name = rest.popFirst() else { throw ValidationError("project: which one?") }
                projects.append(try ProjectName(name).normalized)
            } else {
                roles.insert(try RoleName(word))
            }
        }
        return try RecoveryPlan(compromised: roles, projects: projects, leaving: keys.left())
    }

    private func request(_ plan: RecoveryPlan) throws -> RecoveryRequest {
        let names = plan.compromised.sorted().map(\.text) + plan.projects.map { "project \($0)" }
        let given = try bulletin.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return RecoveryRequest(
            plan: plan, added: try keys.changes(), safe: try keys.safe(),
            knownGood: try knownGood.map { Hex.encode(try Warehouse.sha256(ofFile: $0)) },
            title: title ?? "Keys of \(names.joined(separator: ", ")) were stolen",
            bulletin: given ?? Self.standardBulletin(plan, names))
    }

    private static func standardBulletin(_ plan: RecoveryPlan, _ names: [String]) -> String {
        """
        Keys of \(names.joined(separator: ", ")) were stolen. \
        \(plan.halts ? "The index serves nothing until it has recovered." : "The index goes on while they are replaced.")

        What is being done:
        \(plan.steps.map { "- \($0)" }.joined(separator: "\n"))

        Clients that verify follow by themselves once this is over; until then they refuse to install.
        """
    }
}

/// New keys for a recovery, and what stays.
struct RecoveryKeyOptions: ParsableArguments {
    @OptionGroup var keys: AddedKeyOptions
    @Option(
        help: ArgumentHelp(
            "A present key of an offline role that nobody can have stolen.", valueName: "role=key ID"))
    var safeKey: [String] = []
    @Option(
        help: ArgumentHelp(
            "A role whose keys stay although PEP 480 replaces them as a precaution.", valueName: "role"))
    var leave: [String] = []

    func changes() throws -> KeyChanges { try keys.changes() }

    func safe() throws -> [RoleName: [KeyID]] {
        var safe: [RoleName: [KeyID]] = [:]
        for (role, id) in try AddedKeyOptions.keyIDs(safeKey) { safe[role, default: []].append(id) }
        return safe
    }

    func left() throws -> Set<RoleName> { Set(try leave.map { try RoleName($0) }) }
}

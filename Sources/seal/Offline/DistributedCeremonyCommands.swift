import ArgumentParser
import Ceremony
import Signing
import TUF

struct CeremonyContribute: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contribute",
        abstract: "Put your public key into a file for the operator of a ceremony.",
        discussion: """
            On your own machine, with a key that `seal key new` has made or any other that signs. The file names you, \
            the key and the plan, and is signed with the key: it counts for nobody else and for no other plan. It is \
            good for 30 days. Read the key ID to the operator, too.
            """)

    @OptionGroup var plan: PlanOption
    @OptionGroup var holder: HolderOption
    @Option(help: ArgumentHelp("Where the contribution goes: a new file.", valueName: "file"))
    var out: String
    @OptionGroup var key: SigningKeyOptions

    func run() throws {
        try reportingRefusals {
            let (plan, holder) = (try plan.read(), try holder.name())
            let contribution = try Contribution(by: holder, to: plan, with: key.open(), now: .now)
            try PrivateFile.create(out, contents: contribution.encoded())
            print(
                "holder  \(holder), who will sign \(plan.roles(of: holder).map(\.text).joined(separator: ", "))"
            )
            print("key id  \(contribution.publicKey.id.hex)")
            print("plan    \(plan.digest)")
            print("Carry \(out) to the operator, and read the key ID and the plan's digest to them.")
        }
    }
}

struct CeremonyPrepare: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prepare",
        abstract: "Make the online keys and the draft that all holders sign.",
        discussion: """
            On the operator's machine, with the contribution of every holder in the plan. Writes a new directory, whole or \
            not at all: draft.json, which goes to the holders, and online-keys, which stay. Whoever signs makes the \
            metadata again from the draft and their own plan.
            """)

    @OptionGroup var plan: PlanOption
    @Option(
        name: .customLong("contribution"), parsing: .upToNextOption,
        help: ArgumentHelp("What the holders contribute: a file of each.", valueName: "file"))
    var contributions: [String]
    @Option(
        help: ArgumentHelp(
            "Where the draft and the keys go: a directory that does not exist yet.", valueName: "dir"))
    var out: String?
    @Flag(help: "Go through all of it, and keep nothing.")
    var dryRun = false
    @OptionGroup var online: OnlinePassphraseOptions

    func validate() throws {
        if dryRun == (out != nil) { throw ValidationError("Give either --out or --dry-run.") }
    }

    func run() throws {
        try reportingRefusals {
            let now = MetadataTime.now
            let plan = try plan.read()
            let prepared = try PreparedCeremony(
                try Contributions(reading: contributions, to: plan, at: now), now: now
            ) { () throws(SigningError) in try online.source.new(for: "the online keys") }
            if let out { try prepared.write(to: out) }
            for contribution in prepared.draft.contributions.all {
                print("\(contribution.publicKey.id.hex)  \(contribution.holder)")
            }
            print("plan         \(plan.digest)")
            guard let out else { return print("Everything is there. Nothing was kept.") }
            print("fingerprint  \(prepared.draft.fingerprint)")
            print(
                "Compare each key ID with what its holder reads to you. Then carry \(out)/\(PreparedCeremony.draftName) to "
                    + "the holders, one after another or each a copy: seal ceremony sign")
        }
    }
}

struct CeremonySign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign the draft of a ceremony with your own key.",
        discussion: """
            On your own machine. Checks the draft against your copy of the plan, every contribution in it, and that it \
            gives your name your key; makes the metadata again and shows what it says. Nothing that the file claims is \
            signed as it stands. Compare the draft's fingerprint with the operator and the other holders, or give it. \
            Root's own fingerprint is known when all signatures are in it: `seal ceremony verify` shows it.

            Writes the draft with your signatures to a new file, for the next holder or the operator.
            """)

    @Argument(help: ArgumentHelp("The draft, as it is or with signatures of others.", valueName: "file"))
    var draft: String
    @OptionGroup var plan: PlanOption
    @OptionGroup var holder: HolderOption
    @Option(help: ArgumentHelp("Where the draft goes with your signatures: a new file.", valueName: "file"))
    var out: String
    @Option(
        help: ArgumentHelp("The draft's fingerprint, as the operator has told it.", valueName: "sha256"))
    var fingerprint: String?
    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false
    @OptionGroup var key: SigningKeyOptions

    func run() throws {
        try reportingRefusals {
            let now = MetadataTime.now
            let holder = try holder.name()
            let unsigned = try CeremonyDraft(reading: draft, plan: plan.read(), now: now)
            if let fingerprint { try unsigned.require(fingerprint: fingerprint) }
            let signer = try key.open()
            try unsigned.require(signer.publicKey, of: holder)
            for line in try unsigned.review(for: holder) { print(line) }
            if !yes { try TerminalPrompt().confirm("Sign this?") }
            let signed = try unsigned.signed(by: holder, with: signer, now: now)
            try PrivateFile.create(out, contents: signed.encoded())
            for line in signed.progressLines { print(line) }
            print("Carry \(out) to the next holder or back to the operator.")
        }
    }
}

struct CeremonyAssemble: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assemble",
        abstract: "Make the bundle, once enough holders have signed.",
        discussion: """
            On the operator's machine, with the directory that `prepare` wrote and what the holders bring back. Each role \
            needs its threshold. Verifies the result as a client would and writes it to a new directory, whole or not at \
            all. With --dry-run it says who is still missing.
            """)

    @Argument(help: "The directory that `seal ceremony prepare` wrote.")
    var prepared: String
    @OptionGroup var plan: PlanOption
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("The signed copies of the draft, in any order.", valueName: "file"))
    var signed: [String]
    @Option(
        help: ArgumentHelp("Where the bundle goes: a directory that does not exist yet.", valueName: "dir"))
    var out: String?
    @Flag(help: "Go through all of it, verification included, and keep nothing.")
    var dryRun = false

    func validate() throws {
        if dryRun == (out != nil) { throw ValidationError("Give either --out or --dry-run.") }
    }

    func run() throws {
        try reportingRefusals {
            let now = MetadataTime.now
            let prepared = try PreparedCeremony(reading: prepared, plan: plan.read(), now: now)
            guard let out else {
                try prepared.rehearse(signed: signed, software: Seal.software, now: now)
                return print("Enough holders have signed. Nothing was kept.")
            }
            let bundle = try prepared.assemble(
                signed: signed, to: out, software: Seal.software, now: now)
            CeremonyReport(bundle).show(.severalMachines)
        }
    }
}

struct PlanOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Your own copy of the ceremony's plan (YAML).", valueName: "file"))
    var plan: String

    func read() throws -> CeremonyPlan { try CeremonyPlan(reading: plan) }
}

struct HolderOption: ParsableArguments {
    @Option(help: ArgumentHelp("Your name in the plan.", valueName: "name"))
    var holder: String

    func name() throws -> HolderName {
        do { return try HolderName(holder) } catch { throw ValidationError("\(error)") }
    }
}

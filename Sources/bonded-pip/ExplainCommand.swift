import ArgumentParser
import Foundation
import Installing
import Packaging

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why a file is to be trusted: who signed for it, from root on.",
        discussion: "Exits with 77 where your policy would refuse a file, and with 1 where there is none.")

    @Argument(help: ArgumentHelp("PROJECT, PROJECT==VERSION, or the name of a file.", valueName: "what"))
    var subject: String
    @Option(help: "Who must vouch for it.")
    var require: RequiredVouching?

    func run() throws {
        try reportingRefusals {
            let settings = try Settings()
            var policy = settings.policy
            if let require { policy.requirement = require }
            let catalog = try settings.catalog(try settings.state(), policy: policy, freshness: .seconds(60))
            let (project, isAsked) = try parsed()
            let files = try catalog.explain(project, where: isAsked) ?? []
            guard !files.isEmpty else {
                say("no index that you trust has \(subject)")
                throw ExitCode.failure
            }
            for (number, file) in files.enumerated() {
                if number > 0 { print() }
                for line in file.lines { print(line) }
            }
            guard files.allSatisfy({ $0.requirement.isMet(by: $0.vouching) }) else {
                throw ExitCode(EX_NOPERM)
            }
        }
    }

    private func parsed() throws -> (ProjectName, (SimplePage.File) -> Bool) {
        if let filename = try? DistributionFilename(subject) {
            return (filename.project, { $0.filename == subject })
        }
        let parts = subject.components(separatedBy: "==")
        guard parts.count <= 2, let project = try? ProjectName(parts[0].trimmingCharacters(in: .whitespaces))
        else {
            throw ValidationError("'\(subject)' is no project, no PROJECT==VERSION and no name of a file.")
        }
        guard parts.count == 2 else { return (project, { _ in true }) }
        guard let version = try? Version(parts[1].trimmingCharacters(in: .whitespaces)) else {
            throw ValidationError("'\(parts[1])' is no version.")
        }
        return (project, { (try? DistributionFilename($0.filename))?.version == version })
    }
}

extension RequiredVouching: ExpressibleByArgument {}

import ArgumentParser
import Ceremony
import Glibc
import HTTPClient
import Sealing
import Signing
import TUF
import TUFClient
import TUFRepository

/// Runs a command; puts a refusal on standard error and turns it into the exit code that `seal --help` explains.
func reportingRefusals(_ body: () throws -> Void) throws {
    do { try body() } catch { throw report(error) }
}

/// - Returns: the error itself where it is the argument parser's.
private func report(_ error: any Error) -> any Error {
    switch error {
    case let error as CeremonyError: report(error.description, exitCode(of: error))
    case let error as DraftFault: report("the draft \(error)", exitCode(of: error))
    case let error as SigningError: report(error.description, exitCode(of: error))
    case let error as SealingError: report(error.description, exitCode(of: error))
    case let error as HTTPClientError: report(error.description, EX_UNAVAILABLE)
    case let error as UpdaterError: report(error.description, EX_PROTOCOL)
    case let error as MetadataError: report("the index's metadata does not verify: \(error)", EX_PROTOCOL)
    case let error as TransactionRefusal: report(error.detail, EX_PROTOCOL)
    case let error as FolderError: report(error.description, EXIT_FAILURE)
    default: error
    }
}

private func report(_ text: String, _ code: Int32) -> ExitCode {
    var line = "seal: \(text)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    return ExitCode(code)
}

private func exitCode(of error: SealingError) -> Int32 {
    switch error {
    case .refused, .nothingToSign, .notClaimed, .notAMaintainer: EXIT_FAILURE
    case .unexpectedAnswer, .distrusted, .notReachable: EX_PROTOCOL
    case .unusableAddress, .severalProjects: EX_USAGE
    case .notUsable: EX_DATAERR
    }
}

private func exitCode(of error: CeremonyError) -> Int32 {
    switch error {
    case .plan, .contribution, .bundle, .backup: EX_DATAERR
    case .draft(_, let fault): exitCode(of: fault)
    case .directoryExists: EXIT_FAILURE
    case .signing(let error): exitCode(of: error)
    }
}

private func exitCode(of fault: DraftFault) -> Int32 {
    switch fault {
    case .incomplete, .signedAlready: EXIT_FAILURE
    case .notADraft, .unsupportedVersion, .malformed, .malformedContribution, .otherPlan, .stale,
        .contribution,
        .missingContributions, .contributedTwice, .unusableOnlineKey, .sharedKey, .metadata, .otherKey,
        .otherFingerprint,
        .otherDraft,
        .badSignature, .partlySigned, .otherOnlineKey, .refused:
        EX_DATAERR
    }
}

private func exitCode(of error: SigningError) -> Int32 {
    switch error {
    case .malformedKeyFile, .malformedSealedFile, .publicKeyMismatch, .emptyPassphrase, .passphraseTooLong,
        .foreignKey,
        .weakPassphrase:
        EX_DATAERR
    case .missing: EX_USAGE
    case .wrongPassphrase, .sealedFileNotOpened: EX_NOPERM
    case .promptInterrupted: 130
    case .cryptographyFailed, .outOfMemory, .file, .notARegularFile, .symbolicLink, .fileTooLarge,
        .permissionsTooOpen, .alreadyExists, .noEnvironmentVariable, .noTerminal, .passphrasesDiffer,
        .declined, .signerFailed:
        EXIT_FAILURE
    }
}

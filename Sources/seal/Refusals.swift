import ArgumentParser
import Ceremony
import Glibc
import Signing

/// Runs a command; puts a refusal on standard error and turns it into the exit code that `seal --help` explains.
func reportingRefusals(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as CeremonyError {
        throw report(error.description, exitCode(of: error))
    } catch let error as SigningError {
        throw report(error.description, exitCode(of: error))
    }
}

private func report(_ text: String, _ code: Int32) -> ExitCode {
    var line = "seal: \(text)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    return ExitCode(code)
}

private func exitCode(of error: CeremonyError) -> Int32 {
    switch error {
    case .plan, .metadata, .bundle: EX_DATAERR
    case .directoryExists: EXIT_FAILURE
    case .signing(let error): exitCode(of: error)
    }
}

private func exitCode(of error: SigningError) -> Int32 {
    switch error {
    case .malformedKeyFile, .publicKeyMismatch, .emptyPassphrase, .passphraseTooLong: EX_DATAERR
    case .wrongPassphrase: EX_NOPERM
    case .promptInterrupted: 130
    case .cryptographyFailed, .outOfMemory, .file, .notARegularFile, .symbolicLink, .fileTooLarge,
        .permissionsTooOpen, .alreadyExists, .noEnvironmentVariable, .noTerminal, .passphrasesDiffer:
        EXIT_FAILURE
    }
}

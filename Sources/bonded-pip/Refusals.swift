import ArgumentParser
import Glibc
import HTTPClient
import HTTPServer
import Installing
import Signing
import StrictYAML
import TUF
import TUFClient

/// Puts a line on standard error.
func say(_ text: String) {
    var line = "bonded-pip: \(text)\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Runs a command; says why it is refused, and turns that into the exit status that `--help` explains.
func reportingRefusals(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as InstallError {
        say("\(error)")
        throw error.exitCode
    } catch let error as YAMLError {
        say("\(error)")
        throw ExitCode(EX_CONFIG)
    } catch let error as SigningError {
        say("\(error)")
        if case .promptInterrupted = error { throw ExitCode(130) }
        throw ExitCode.failure
    } catch let error as FolderError {
        say("\(error)")
        throw ExitCode.failure
    } catch let error as ServerError {
        say("\(error)")
        throw ExitCode.failure
    }
}

extension InstallError {
    var exitCode: ExitCode {
        switch kind {
        case .usage: ExitCode(EX_USAGE)
        case .configuration: ExitCode(EX_CONFIG)
        case .distrusted: ExitCode(EX_PROTOCOL)
        case .unreachable: ExitCode(EX_UNAVAILABLE)
        case .policy: ExitCode(EX_NOPERM)
        case .system: ExitCode.failure
        }
    }
}

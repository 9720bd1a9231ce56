import ArgumentParser
import Foundation
import Installing

/// A real pip or uv, run as it is.
struct Installer {
    private enum Kind {
        case pip, uv
    }

    private let kind: Kind
    private let executable: String
    private let leading: [String]

    /// - Parameter name: `uv`, the path or name of a pip; nil for the pip, or else the python3, that is on PATH.
    init(named name: String?) throws {
        if let name {
            guard let found = Self.find(name) else { throw ValidationError("There is no '\(name)' to run.") }
            executable = found
            kind = (found as NSString).lastPathComponent == "uv" ? .uv : .pip
            leading = kind == .uv ? ["pip"] : []
        } else if let pip = Self.find("pip") ?? Self.find("pip3") {
            (kind, executable, leading) = (.pip, pip, [])
        } else if let python = Self.find("python3") {
            (kind, executable, leading) = (.pip, python, ["-m", "pip"])
        } else {
            throw ValidationError("There is no pip on PATH: install it, or name one with --with.")
        }
    }

    private static func find(_ name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// What makes the installer ask the proxy, and nobody else.
    ///
    /// Configuration files are left out: they may name other indexes. The proxy is also the installer's HTTP
    /// proxy, and refuses what is meant for others: a requirements file or a direct URL may name them.
    func environment(for proxy: RunningProxy, host: String) -> [String: String] {
        var environment = Self.withoutIndexes
        environment["PIP_INDEX_URL"] = proxy.address
        environment["UV_DEFAULT_INDEX"] = proxy.address
        for name in ["http_proxy", "https_proxy", "all_proxy"] {
            environment[name] = proxy.origin
            environment[name.uppercased()] = proxy.origin
        }
        (environment["no_proxy"], environment["NO_PROXY"]) = (host, host)
        // Nor may git go round the proxy, by ssh or otherwise.
        environment["GIT_ALLOW_PROTOCOL"] = "file"
        // A file comes once it is whole and verified, however long that takes.
        environment["PIP_DEFAULT_TIMEOUT"] = environment["PIP_DEFAULT_TIMEOUT"] ?? "3600"
        environment["UV_HTTP_TIMEOUT"] = environment["UV_HTTP_TIMEOUT"] ?? "3600"
        // The proxy has been patient already.
        environment["UV_HTTP_RETRIES"] = environment["UV_HTTP_RETRIES"] ?? "0"
        return environment
    }

    func environment(straightTo index: PinnedIndex) -> [String: String] {
        var environment = Self.withoutIndexes
        environment["PIP_INDEX_URL"] = index.addressWithCredentials
        environment["UV_DEFAULT_INDEX"] = index.addressWithCredentials
        return environment
    }

    private static var withoutIndexes: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        for name in [
            "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_PROXY", "PIP_NO_INDEX",
            "UV_INDEX",
            "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INSECURE_HOST", "UV_NO_INDEX",
            "UV_CONFIG_FILE",
        ] { environment[name] = nil }
        environment["PIP_CONFIG_FILE"] = "/dev/null"
        environment["UV_NO_CONFIG"] = "1"
        return environment
    }

    /// Runs it in the foreground: it has the terminal, and its signals.
    ///
    /// - Parameter signals: held since before the proxy was there; the installer gets those that are sent to us alone.
    /// - Returns: its exit status; 128+n where signal n ended it.
    func run(_ arguments: [String], environment: [String: String], _ signals: HeldSignals) throws -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child = pid_t()
        let failure = withCStrings([executable] + leading + arguments) { argv in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawn(&child, executable, nil, &attributes, argv, envp)
            }
        }
        guard failure == 0 else {
            throw ValidationError("\(executable) cannot be run: \(String(cString: strerror(failure)))")
        }
        var status: Int32 = 0
        while waitpid(child, &status, WNOHANG) != child {
            let (number, isFromTerminal) = signals.next()
            // A terminal has sent it to the installer, too, which decides what it means.
            if number != SIGCHLD, !isFromTerminal { kill(child, number) }
        }
        let number = status & 0x7F
        return number == 0 ? (status >> 8) & 0xFF : 128 + number
    }
}

/// Calls `body` with a NULL-terminated array of C strings.
private func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

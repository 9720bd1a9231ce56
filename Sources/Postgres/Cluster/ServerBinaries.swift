import Foundation

/// Where PostgreSQL's programs are.
struct ServerBinaries: Hashable, Sendable {
    let directory: String
    /// The major version, e.g. "15".
    let version: String

    var initdb: String { directory + "/initdb" }
    var postgres: String { directory + "/postgres" }

    /// Looks in the configured directory, or else asks `pg_config`, then in `PATH`, then in the usual places of
    /// distributions, newest first.
    ///
    /// - Parameters:
    ///   - configured: searched alone, if given.
    ///   - required: the version an existing cluster was made by.
    /// - Throws: `.noBinaries`, `.wrongVersion`.
    static func find(configured: String?, required: String?) throws(ClusterError) -> ServerBinaries {
        let candidates = configured.map { [$0] } ?? standardPlaces()
        var found: [String] = []
        for directory in candidates {
            guard isExecutable(directory + "/initdb"), isExecutable(directory + "/postgres"),
                let version = version(of: directory + "/postgres")
            else { continue }
            if required == nil || required == version {
                return ServerBinaries(directory: directory, version: version)
            }
            found.append(version)
        }
        if let required, !found.isEmpty { throw .wrongVersion(cluster: required, found: found) }
        throw .noBinaries(searched: candidates)
    }

    private static func standardPlaces() -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let searchPath = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        var places: [String] = []
        if let program = searchPath.map({ $0 + "/pg_config" }).first(where: isExecutable),
            let answer = output(of: program, ["--bindir"]), answer.hasPrefix("/")
        {
            places.append(answer)
        }
        places += searchPath
        places += versioned(in: "/usr/lib/postgresql", prefix: "").map { "/usr/lib/postgresql/\($0)/bin" }
        places += versioned(in: "/usr", prefix: "pgsql-").map { "/usr/\($0)/bin" }
        return places
    }

    /// The entries `prefix` + number of a directory, highest number first.
    private static func versioned(in directory: String, prefix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)) else { return nil }
            return (name, number)
        }
        .sorted { (left: (String, Int), right: (String, Int)) in left.1 > right.1 }
        .map(\.0)
    }

    private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

    /// "postgres (PostgreSQL) 15.18 (Debian …)" → "15".
    private static func version(of postgres: String) -> String? {
        output(of: postgres, ["--version"])?.firstMatch(of: /\(PostgreSQL\) ([0-9]+)/).map { String($0.1) }
    }

    private static func output(of program: String, _ arguments: [String]) -> String? {
        guard let output = try? Descriptor.temporary(),
            let child = try? ChildProcess.start(
                ChildProcess.Program(
                    executable: program, arguments: arguments, output: output.number,
                    parentDeathSignal: SIGKILL))
        else { return nil }
        guard child.waitForExit(seconds: 10) else {
            child.signal(SIGKILL)
            return nil
        }
        return child.succeeded ? output.tail() : nil
    }
}

import ArgumentParser
import Installing

/// An installer's arguments, with our own options taken out.
struct InstallerLine {
    private(set) var arguments: [String] = []
    private(set) var require: RequiredVouching?
    private(set) var allowed: [String] = []
    private(set) var program: String?
    private(set) var disablesVerification = false

    /// Options that would have an installer fetch from elsewhere, or look nowhere else.
    private static let elsewhere = [
        "-i", "--index-url", "--pypi-url", "--extra-index-url", "--index", "--default-index",
        "--trusted-host", "--proxy",
        "--allow-insecure-host",
    ]

    /// - Throws: `ValidationError` for `lock`, whose files would name this run's own proxy, for an option without its value, and for one that leads past verification.
    init(_ line: [String]) throws {
        var rest = line[...]
        while let word = rest.popFirst() {
            if word == "--" {
                arguments += [word] + rest
                break
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            func value() throws -> String {
                if parts.count == 2 { return String(parts[1]) }
                guard let next = rest.popFirst() else { throw ValidationError("\(name) takes a value.") }
                return next
            }
            switch name {
            case "--require":
                let text = try value()
                guard let level = RequiredVouching(rawValue: text) else {
                    let words = RequiredVouching.allCases.map(\.rawValue).joined(separator: ", ")
                    throw ValidationError("--require takes one of: \(words).")
                }
                require = level
            case "--allow": allowed.append(try value())
            case "--with": program = try value()
            case "--unsafely-disable-package-verification": disablesVerification = true
            default:
                if arguments.isEmpty, word == "lock" {
                    throw ValidationError(
                        "A lock names the addresses that files came from, and the proxy of this run is gone when it is over: "
                            + "lock with pip itself against `bonded-pip proxy`, where the lock is to be used."
                    )
                }
                try Self.refuseElsewhere(word, name, parts.count == 2 ? String(parts[1]) : rest.first)
                arguments.append(word)
            }
        }
    }

    private static func refuseElsewhere(_ word: String, _ name: String, _ value: String?) throws {
        let isElsewhere =
            elsewhere.contains(name) || (word.hasPrefix("-i") && !word.hasPrefix("--"))
            || (["-f", "--find-links"].contains(name) && value?.contains("://") == true
                && value?.hasPrefix("file:") == false)
        guard isElsewhere else { return }
        throw ValidationError(
            "\(name) would lead past verification: bonded-pip asks the indexes that you trust (bonded-pip trust add)."
        )
    }
}

import CanonicalJSON
import Foundation
import TUF
import Testing

/// The files that `Vectors/generate.py` wrote.
enum Vectors {
    static func read(_ name: String) -> JSONValue {
        guard let file = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"),
            let data = try? Data(contentsOf: file), let value = try? JSONValue(parsing: Array(data))
        else {
            Issue.record("no vectors in \(name).json")
            return .null
        }
        return value
    }
}

extension JSONValue {
    /// The member of an object, where it has one.
    subscript(key: String) -> JSONValue { object?[key] ?? .null }

    var bytes: [UInt8] { string.flatMap(Hex.decode) ?? [] }
}

let soon = MetadataTime(secondsSinceEpoch: 2_000_000_000)

func key(_ byte: UInt8) throws -> PublicKey { try .ed25519([UInt8](repeating: byte, count: 32)) }

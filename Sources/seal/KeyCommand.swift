import ArgumentParser
import CanonicalJSON
import Signing
import TUF

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Look at key files.", subcommands: [Show.self])

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the public part of a key file: whose it is, its key ID, the TUF key object.",
            discussion: "Asks for no passphrase. The public part is proven only when the key signs.")

        @Argument(help: "The key file.")
        var file: String

        func run() throws {
            try reportingRefusals {
                let keyFile = try KeyFile(reading: file)
                print("label   \(keyFile.label)")
                print("key id  \(keyFile.publicKey.id.hex)")
                print("key     \(String(decoding: keyFile.publicKey.json.jsonBytes(), as: UTF8.self))")
                print("cost    Argon2id, \(keyFile.cost.passes) passes over \(keyFile.cost.memoryKiB) KiB")
            }
        }
    }
}

import ArgumentParser
import CanonicalJSON
import Foundation
import Signing
import TUF

struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make keys, register them, look at them.",
        subcommands: [
            New.self, KeyImport.self, KeyDerive.self, KeyRegister.self, KeyRetire.self, List.self, Show.self,
            Export.self,
        ])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key of your own, for this machine, under a passphrase.",
            discussion: """
                The key never leaves the file, and the file opens with the passphrase only. Make one on each machine \
                rather than copying it. Nothing is ever overwritten.
                """)

        @Option(help: "What the key is called among people, such as the machine's name.")
        var label = "key"
        @OptionGroup var folder: KeyFolderOption
        @OptionGroup var passphrase: PassphraseOptions

        func run() throws {
            try reportingRefusals {
                try folder.folder().keep(SecretKey(), label: label, passphrase.source)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List your key files: key ID, label, file.", discussion: "Asks for no passphrase.")

        @OptionGroup var folder: KeyFolderOption

        func run() throws {
            try reportingRefusals {
                for path in try folder.folder().files() {
                    let file = try KeyFile(reading: path)
                    print("\(file.publicKey.id.hex)  \(file.label)  \(path)")
                }
            }
        }
    }

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

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the public key, for other programs.",
            discussion: "There is no way to print the private one.")

        enum Format: String, CaseIterable, ExpressibleByArgument {
            case pem, tuf
        }

        @Flag(name: .customLong("public"), help: "The public half. Say so, to be sure of what you hand out.")
        var isPublic = false
        @Option(help: "pem (SubjectPublicKeyInfo) or tuf (the key object of TUF metadata).")
        var format: Format = .pem
        @Argument(help: "The key file.")
        var file: String

        func validate() throws {
            if !isPublic { throw ValidationError("Only public keys leave this program: add --public.") }
        }

        func run() throws {
            try reportingRefusals {
                let key = try KeyFile(reading: file).publicKey
                switch format {
                case .pem: print(key.pem ?? "", terminator: "")
                case .tuf: print(String(decoding: key.json.jsonBytes(), as: UTF8.self))
                }
            }
        }
    }
}

extension KeyFolder {
    /// Writes a new key file and says where it is.
    func keep(_ key: SecretKey, label: String, _ source: PassphraseSource) throws {
        let file = try KeyFile(sealing: key, label: label, passphrase: source.new(for: "the key '\(label)'"))
        try create()
        try file.write(to: self.file(for: file))
        print("file    \(self.file(for: file))")
        print("key id  \(key.publicKey.id.hex)")
    }
}

struct KeyFolderOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where your key files are (default: bonded/keys below $XDG_DATA_HOME or ~/.local/share).",
            valueName: "dir"))
    var keys: String?

    func folder() throws -> KeyFolder {
        if let keys { return KeyFolder(path: URL(fileURLWithPath: keys).standardizedFileURL.path) }
        guard let folder = KeyFolder.standard(environment: ProcessInfo.processInfo.environment) else {
            throw ValidationError("There is no HOME to keep keys in: name a folder with --keys.")
        }
        return folder
    }
}

struct PassphraseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file with the passphrase, for automation.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("An environment variable with the passphrase.", valueName: "name"))
    var passphraseEnv: String?

    var source: PassphraseSource { PassphraseSource(file: passphraseFile, variable: passphraseEnv) }

    func validate() throws {
        if passphraseFile != nil && passphraseEnv != nil {
            throw ValidationError("Give either --passphrase-file or --passphrase-env.")
        }
    }
}

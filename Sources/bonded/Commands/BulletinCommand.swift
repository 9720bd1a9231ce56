import ArgumentParser
import Foundation
import Signing
import TUF
import Warehouse

struct BulletinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bulletin", abstract: "What users read at /security/ about the security of this index.",
        subcommands: [Post.self, List.self, Change.self, Withdraw.self])

    struct Post: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Publish a bulletin.")

        @Option(help: "One line, at most \(Bulletin.maxTitle) characters.")
        var title: String
        @Argument(help: "The text, plain and in UTF-8; - reads standard input.")
        var file: String
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            let bulletin = try await settings.warehouse().postBulletin(
                title: title, body: try text(of: file))
            print("bulletin \(bulletin.id) is public at /security/\(bulletin.id)/")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List bulletins, newest first.")

        @OptionGroup var settings: SettingsOption

        func run() async throws {
            for bulletin in try await settings.warehouse().bulletins() {
                print("\(bulletin.id)  \(bulletin.publishedAt)  \(bulletin.title)")
            }
        }
    }

    struct Change: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a bulletin another title or text; its address stays.")

        @Argument(help: "Its number, as `list` shows it.")
        var id: Int
        @Option(help: "The new title.")
        var title: String?
        @Argument(help: "The new text; - reads standard input.")
        var file: String?
        @OptionGroup var settings: SettingsOption

        func validate() throws {
            if title == nil, file == nil { throw ValidationError("give a --title, a FILE, or both") }
        }

        func run() async throws {
            _ = try await settings.warehouse().changeBulletin(
                id: id, title: title, body: try file.map(text(of:)))
            print("bulletin \(id) is changed")
        }
    }

    struct Withdraw: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a bulletin back; its address is gone.")

        @Argument(help: "Its number, as `list` shows it.")
        var id: Int
        @OptionGroup var settings: SettingsOption

        func run() async throws {
            try await settings.warehouse().withdrawBulletin(id: id)
            print("bulletin \(id) is withdrawn")
        }
    }
}

/// - Throws: ``Refusal`` for what is too long or not UTF-8.
private func text(of file: String) throws -> String {
    let limit = Bulletin.maxBodyBytes + 1
    let bytes =
        file == "-"
        ? [UInt8](try FileHandle.standardInput.read(upToCount: limit) ?? Data())
        : try PrivateFile.bytes(of: file, maxBytes: limit, forbidding: .nobody)
    guard bytes.count < limit, let text = String(validating: bytes, as: UTF8.self) else {
        throw Refusal("\(file) is not a text in UTF-8 of at most \(Bulletin.maxBodyBytes) bytes")
    }
    return text
}

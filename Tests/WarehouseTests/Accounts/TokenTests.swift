import Postgres
import TestSupport
import Testing

@testable import Warehouse

@Suite("Tokens")
struct TokenTests {
    @Test("a new token speaks for its account, within its scope", arguments: TokenScope.allCases)
    func identifies(scope: TokenScope) async throws {
        try await TestIndex.with { index in
            let token = try await index.warehouse.createToken(
                account: "alice", scope: scope, label: "laptop", lifetime: .seconds(3600))
            let identity = try #require(await index.warehouse.identity(ofToken: token.text))
            #expect(identity.account == "alice")
            #expect(identity.scope == scope)
        }
    }

    @Test("two tokens of one account have one identity and different texts")
    func twoTokens() async throws {
        try await TestIndex.with { index in
            let warehouse = index.warehouse
            let first = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "", lifetime: nil)
            let second = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "", lifetime: nil)
            #expect(first.text != second.text)
            let identities = try await [
                warehouse.identity(ofToken: first.text), warehouse.identity(ofToken: second.text),
            ]
            #expect(identities[0] != nil)
            #expect(identities[0] == identities[1])
        }
    }

    @Test("a token with another's secret, or of no one, is nobody's")
    func wrongSecret() async throws {
        try await TestIndex.with { index in
            let warehouse = index.warehouse
            let mine = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "", lifetime: nil)
            let theirs = try await warehouse.createToken(
                account: "bob", scope: .admin, label: "", lifetime: nil)
            let mixed = "bonded-\(theirs.id)-" + mine.text.suffix(64)
            let unknown = "bonded-0000000000000000-" + mine.text.suffix(64)
            for text in [mixed, unknown] {
                #expect(try await warehouse.identity(ofToken: text) == nil)
            }
        }
    }

    @Test("a revoked token is nobody's, and cannot be revoked again")
    func revoked() async throws {
        try await TestIndex.with { index in
            let warehouse = index.warehouse
            let token = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "", lifetime: nil)
            let other = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "", lifetime: nil)
            try await warehouse.revokeToken(id: token.id)
            #expect(try await warehouse.identity(ofToken: token.text) == nil)
            #expect(try await warehouse.identity(ofToken: other.text) != nil)
            await #expect(throws: WarehouseError.tokenUnknown(token.id)) {
                try await warehouse.revokeToken(id: token.id)
            }
            await #expect(throws: WarehouseError.tokenUnknown("no such")) {
                try await warehouse.revokeToken(id: "no such")
            }
        }
    }

    @Test("an expired token is nobody's", arguments: [0, -60])
    func expired(seconds: Int) async throws {
        try await TestIndex.with { index in
            let token = try await index.warehouse.createToken(
                account: "alice", scope: .admin, label: "", lifetime: .seconds(seconds))
            #expect(try await index.warehouse.identity(ofToken: token.text) == nil)
        }
    }

    @Test(
        "a text of another shape is no token",
        arguments: [
            "", "bonded-", "bonded-0011223344556677", "bonded-0011223344556677-", "bonded-00112233445566-00",
            "pypi-0011223344556677-" + String(repeating: "0", count: 64),
            "bonded-0011223344556677-" + String(repeating: "0", count: 63),
            "bonded-0011223344556677-" + String(repeating: "0", count: 66),
            "bonded-0011223344556677-" + String(repeating: "g", count: 64),
            "bonded-0011223344556677-" + String(repeating: "0", count: 64) + "-",
            "bonded-0011223344556677-" + String(repeating: "é", count: 32),
            "bonded-00112233445566' -" + String(repeating: "0", count: 64),
        ])
    func malformed(text: String) {
        #expect(Token(text: text) == nil)
    }

    @Test("the database holds no part of a secret")
    func secretIsNotStored() async throws {
        try await TestIndex.with { index in
            let token = try await index.warehouse.createToken(
                account: "alice", scope: .upload, label: "laptop", lifetime: nil)
            let secret = String(token.text.suffix(64))
            let row: String = try await index.value("SELECT token::text || account::text FROM token, account")
            #expect(row.contains(token.id))  // it is the row
            for start in stride(from: 0, to: 64, by: 16) {
                #expect(!row.contains(secret.dropFirst(start).prefix(16)))
            }
        }
    }

    @Test("an admin sees what tokens there are")
    func lists() async throws {
        try await TestIndex.with { index in
            let warehouse = index.warehouse
            let first = try await warehouse.createToken(
                account: "alice", scope: .upload, label: "laptop", lifetime: nil)
            let second = try await warehouse.createToken(
                account: "bob", scope: .admin, label: "CI", lifetime: .seconds(60))
            try await warehouse.revokeToken(id: first.id)
            let tokens = try await warehouse.tokens()
            #expect(tokens.map(\.id) == [first.id, second.id])
            #expect(tokens.map(\.account) == ["alice", "bob"])
            #expect(tokens.map(\.scope) == [.upload, .admin])
            #expect(tokens.map(\.label) == ["laptop", "CI"])
            #expect(tokens.map { $0.revokedAt != nil } == [true, false])
            #expect(tokens.map { $0.expiresAt != nil } == [false, true])
        }
    }

    @Test(
        "an account's name is 1 to 64 of a-z 0-9 - _ .",
        arguments: ["", "Alice", "al ice", "é", "a/b", String(repeating: "a", count: 65)])
    func accountNames(name: String) async throws {
        try await TestIndex.with { index in
            await #expect(throws: WarehouseError.accountNameInvalid(name)) {
                try await index.warehouse.createToken(account: name, scope: .upload, label: "", lifetime: nil)
            }
            let accounts: Int = try await index.value("SELECT count(*) FROM account")
            #expect(accounts == 0)
        }
    }
}

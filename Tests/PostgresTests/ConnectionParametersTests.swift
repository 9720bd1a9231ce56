import Logging
import Postgres
import TestSupport
import Testing

@Suite("Connection strings")
struct ConnectionParametersTests {
    @Test(
        "a password appears in no description, reflection or error",
        arguments: [
            "host=127.0.0.1 port=1 user=u password=hunter2secret dbname=d",
            "postgresql://u:hunter2secret@127.0.0.1:1/d",
        ])
    func redacts(string: String) async throws {
        let parameters = try ConnectionParameters(string)
        #expect(!"\(parameters)".contains("hunter2secret"))
        #expect(!String(reflecting: parameters).contains("hunter2secret"))
        var dumped = ""
        dump(parameters, to: &dumped)
        #expect(!dumped.contains("hunter2secret"))
        let database = try Database(connectionString: string, poolSize: 1, logger: TestServer.logger)
        let error = await #expect(throws: PostgresError.self) { try await database.ping() }
        guard case .connection(let message) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(!message.contains("hunter2secret"))
        #expect(message.contains("127.0.0.1"))
    }

    @Test(
        "a malformed string is refused without repeating it",
        arguments: [
            "host=h hunter2secret", "postgresql://u:hunter2secret@[::1/d", "nonsense=1", "host=a\0b",
        ])
    func refusesMalformed(string: String) {
        #expect(throws: PostgresError.malformedConnectionString) { try ConnectionParameters(string) }
    }

    @Test("a quoted value survives a connection string", arguments: ["a b", "it's", "back\\slash", "", "é"])
    func quotes(value: String) throws {
        let parameters = try ConnectionParameters("host=/tmp dbname=\(ConnectionParameters.quote(value))")
        #expect(parameters.description.contains("dbname=\(value)"))
    }

    @Test("with several hosts the one that accepts writes is asked for, unless told otherwise")
    func severalHosts() async throws {
        // Both names lead to the test server, which accepts writes: a standby's refusal would be an error.
        let server = try await TestServer.shared()
        let host = try #require(
            server.parameters.description.split(separator: " ").first { $0.hasPrefix("host=") })
        let name = host.dropFirst("host=".count)
        let database = try Database(
            connectionString: "host=/nonexistent,\(name) user=bonded dbname=bonded", poolSize: 1,
            logger: TestServer.logger)
        try await database.ping()
        await database.close()
    }
}

import Postgres
import TestSupport
import Testing

@Suite("Values")
struct ValueTests {
    private func roundTrip<Value: Bindable & ColumnValue & Equatable>(_ value: Value) async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let back = try await database.read {
                try #require(try $0.one("SELECT \(value) AS v")).get("v", as: Value.self)
            }
            #expect(back == value)
        }
    }

    @Test("integers", arguments: [0, 1, -1, Int.max, Int.min, 1 << 40])
    func integers(value: Int) async throws { try await roundTrip(value) }

    @Test("text", arguments: ["", "plain", "naïve 日本語 🐍 \u{0301}", "quote ' \" \\ \n\t", "$1"])
    func text(value: String) async throws { try await roundTrip(value) }

    @Test("booleans and floating point numbers")
    func others() async throws {
        try await roundTrip(true)
        try await roundTrip(false)
        for number in [0, -0.5, .infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude] as [Double] {
            try await roundTrip(number)
        }
    }

    @Test(
        "moments to the microsecond",
        arguments: [0, 1, -1, 946_684_800_000_000, 1_767_225_600_123_456, -62_135_596_800_000_000])
    func timestamps(microseconds: Int) async throws {
        try await roundTrip(Timestamp(microsecondsSinceEpoch: microseconds))
    }

    @Test("moments are the server's moments")
    func timestampMeaning() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let moment: Timestamp = try await database.read {
                try #require(try $0.one("SELECT timestamptz '2026-01-02 03:04:05.000006Z'"))[0]
            }
            #expect(moment.microsecondsSinceEpoch == 1_767_323_045_000_006)
            #expect(moment.secondsSinceEpoch == 1_767_323_045)
        }
    }

    @Test("the last moment of 64 bits is one of PostgreSQL's; the first is its refusal, not infinity")
    func timestampExtremes() async throws {
        try await roundTrip(Timestamp(microsecondsSinceEpoch: .max))
        try await TemporaryDatabase.with(.empty) { database in
            let error = await #expect(throws: PostgresError.self) {
                try await database.read {
                    try $0.execute("SELECT \(Timestamp(microsecondsSinceEpoch: .min))")
                }
            }
            let sqlState = error?.sqlState
            #expect(sqlState == "22008")
            try await database.ping()
        }
    }

    @Test("seconds before the epoch round down, huge ones are clamped")
    func timestampSeconds() {
        #expect(Timestamp(microsecondsSinceEpoch: -1).secondsSinceEpoch == -1)
        #expect(Timestamp(secondsSinceEpoch: .max).microsecondsSinceEpoch == .max)
        #expect(Timestamp(secondsSinceEpoch: .min).microsecondsSinceEpoch == .min)
    }

    @Test("bytes, empty and megabytes")
    func bytes() async throws {
        try await roundTrip([UInt8]())
        try await roundTrip([0, 255, 0, 39, 92] as [UInt8])
        try await roundTrip((0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    }

    @Test("NULL of every type")
    func nulls() async throws {
        try await roundTrip(nil as Int?)
        try await roundTrip(nil as String?)
        try await roundTrip(nil as [UInt8]?)
        try await roundTrip(nil as Timestamp?)
        try await roundTrip(nil as [String]?)
        try await roundTrip(7 as Int?)
    }

    @Test("arrays, empty ones and NULLs in them included")
    func arrays() async throws {
        try await roundTrip([Int]())
        try await roundTrip([1, .max, .min])
        try await roundTrip(["", "a,b", "{\"}", "日本"])
        try await roundTrip([[], [0], [1, 2, 3]] as [[UInt8]])
        try await roundTrip(["a", nil, ""] as [String?])
        try await roundTrip([true, false])
        try await roundTrip([Timestamp(microsecondsSinceEpoch: 5)])
    }

    @Test("arrays work where SQL wants them")
    func arrayUse() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let numbers = try await database.read { connection in
                try connection.query(
                    "SELECT n FROM unnest(\([3, 1, 2])) AS n WHERE n = ANY(\([1, 2])) ORDER BY n"
                )
                .map { try $0.get("n", as: Int.self) }
            }
            #expect(numbers == [1, 2])
        }
    }

    private enum Kind: String, PostgresValue {
        case wheel, sdist
    }

    @Test("enumerations are their raw values; unknown ones are refused")
    func enumerations() async throws {
        try await roundTrip(Kind.sdist)
        try await roundTrip([Kind.wheel, .sdist])
        try await expectDecodingFailure("SELECT 'egg' AS v", as: Kind.self)
    }

    @Test("JSON is bound as jsonb and read as text")
    func json() async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let row = try await database.read {
                try #require(
                    try $0.one(
                        "SELECT \(json: "{\"a\": [1]}") AS v, (\(json: "{\"a\":[1]}")->'a'->>0)::int AS n"))
            }
            #expect(try row.get("v", as: String.self) == "{\"a\": [1]}")
            #expect(try row.get("n", as: Int.self) == 1)
        }
    }

    @Test(
        "a numeric that is a whole number is an Int",
        arguments: [
            (0, "0"), (1, "1.000"), (-10_000, "-10000"), (123_456_789, "123456789"), (100_000_000, "1e8"),
            (Int.max, "9223372036854775807"), (Int.min, "-9223372036854775808"),
        ])
    func numeric(value: Int, text: String) async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let back: Int = try await database.read {
                try #require(try $0.one("SELECT \(text)::text::numeric"))[0]
            }
            #expect(back == value)
        }
    }

    @Test(
        "a numeric that does not fit an Int is refused",
        arguments: [
            "0.5", "9223372036854775808", "-9223372036854775809", "1e30", "NaN",
        ])
    func numericRefused(text: String) async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let row = try await database.read {
                try #require(try $0.one("SELECT \(text)::text::numeric AS v"))
            }
            #expect(throws: PostgresError.decoding(column: "v", reason: "is not a whole number of 64 bits")) {
                try row.get("v", as: Int.self)
            }
        }
    }

    @Test("a column of another type, NULL, or none at all is an error")
    func refusals() async throws {
        try await expectDecodingFailure("SELECT 'x' AS v", as: Int.self)
        try await expectDecodingFailure("SELECT 1 AS v", as: String.self)
        try await expectDecodingFailure("SELECT NULL::int AS v", as: Int.self)
        try await expectDecodingFailure("SELECT 'infinity'::timestamptz AS v", as: Timestamp.self)
        try await expectDecodingFailure("SELECT ARRAY[[1],[2]] AS v", as: [Int].self)
        try await expectDecodingFailure("SELECT ARRAY[1,NULL] AS v", as: [Int].self)
        try await TemporaryDatabase.with(.empty) { database in
            let row = try await database.read { try #require(try $0.one("SELECT 1 AS v")) }
            #expect(throws: PostgresError.noSuchColumn("w")) { try row.get("w", as: Int.self) }
            #expect(throws: PostgresError.noSuchColumn("#1")) { try row.get(1, as: Int.self) }
            #expect(throws: PostgresError.noSuchColumn("#-1")) { try row.get(-1, as: Int.self) }
        }
    }

    private func expectDecodingFailure<Value: ColumnValue>(_ sql: SQL, as type: Value.Type) async throws {
        try await TemporaryDatabase.with(.empty) { database in
            let row = try await database.read { try #require(try $0.one(sql)) }
            let error = #expect(throws: PostgresError.self) { _ = try row.get("v", as: type) }
            guard case .decoding(column: "v", _) = error else {
                Issue.record("unexpected \(String(describing: error))")
                return
            }
        }
    }
}

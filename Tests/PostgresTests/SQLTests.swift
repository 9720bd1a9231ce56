import Postgres
import Testing

@Suite("SQL text and parameters")
struct SQLTests {
    @Test("an interpolated value becomes a parameter, never text")
    func bindsValues() {
        let name = "x'; DROP TABLE t; --"
        let sql: SQL = "SELECT * FROM t WHERE name = \(name) AND size > \(5)"
        #expect(sql.text == "SELECT * FROM t WHERE name = $1 AND size > $2")
        #expect(sql.bindings.count == 2)
    }

    @Test("spliced statements keep their parameters, renumbered")
    func splices() {
        let condition: SQL = "size > \(5)"
        var sql: SQL = "SELECT \(1) FROM t WHERE \(condition)"
        sql += " AND name = \("n")"
        #expect(sql.text == "SELECT $1 FROM t WHERE size > $2 AND name = $3")
        #expect((sql + " LIMIT \(3)").text.hasSuffix("LIMIT $4"))
        let list: [SQL] = ["a = \(1)", "b = \(2)", "c"]
        #expect(list.joined(separator: " OR ").text == "a = $1 OR b = $2 OR c")
    }

    @Test("raw text is only ever the program's own")
    func raw() {
        let sql: SQL = "SELECT 1 \(raw: "FOR UPDATE")"
        #expect(sql.text == "SELECT 1 FOR UPDATE")
        #expect(sql.bindings.isEmpty)
    }
}

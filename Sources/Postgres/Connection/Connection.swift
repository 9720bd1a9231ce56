import CPostgres
import Glibc

/// One connection to the server. Synchronous; only ever used on its owner's queue, inside the closure it is given to.
///
/// Statements are prepared on first use and kept, so repeating one costs a single round trip without planning anew.
package final class Connection {
    private let handle: OpaquePointer
    let parameters: ConnectionParameters
    private var statements = StatementCache(capacity: 256)
    /// What the statement that put the open transaction into its failed state was refused with.
    private(set) var failure: PostgresError?
    /// The failure was about this connection's statement cache, and the cache was emptied: again, and it works.
    private(set) var cacheWasStale = false
    var savepointDepth = 0

    /// Connects, waiting for the server.
    ///
    /// - Throws: `.connection`.
    init(_ parameters: ConnectionParameters, settings: DatabaseSettings) throws(PostgresError) {
        guard let handle = parameters.connect() else { throw .protocolViolation("out of memory") }
        self.handle = handle
        self.parameters = parameters
        guard PQstatus(handle) == CONNECTION_OK else {
            throw .connection(parameters.redact(String(cString: PQerrorMessage(handle))))
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        do {
            try script(settings.sessionStatements)
        } catch {
            throw .connection("the server refused the session's settings")
        }
    }

    deinit {
        PQfinish(handle)
    }

    // MARK: Statements

    /// Runs one statement and returns its rows.
    ///
    /// - Throws: `.server` if refused, `.connectionLost`, `.tooManyParameters`.
    package func query(_ sql: SQL) throws(PostgresError) -> [Row] {
        try run(sql).rows
    }

    /// Runs one statement.
    ///
    /// - Returns: how many rows it inserted, changed, deleted or selected.
    @discardableResult
    package func execute(_ sql: SQL) throws(PostgresError) -> Int {
        try runRaw(sql) { result in PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }
    }

    /// Runs one statement and returns its first row.
    package func one(_ sql: SQL) throws(PostgresError) -> Row? {
        try query(sql).first
    }

    func run(_ sql: SQL) throws(PostgresError) -> ResultSet {
        // `runRaw` clears the result it passes; here the result set takes it over.
        ResultSet(owning: try perform(sql))
    }

    private func runRaw(_ sql: SQL, _ read: (OpaquePointer) -> Int) throws(PostgresError) -> Int {
        let result = try perform(sql)
        defer { PQclear(result) }
        return read(result)
    }

    private func perform(_ sql: SQL) throws(PostgresError) -> OpaquePointer {
        let text = sql.text
        let bindings = sql.bindings
        guard bindings.count <= Int(UInt16.max) else { throw .tooManyParameters(bindings.count) }
        let key = StatementCache.Key(text: text, types: bindings.map(\.typeID.number))
        let name = try prepare(key)

        // One allocation holds every value; libpq wants stable pointers to all of them at once.
        let arena = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bindings.reduce(0) { $0 + ($1.bytes?.count ?? 0) } + 1, alignment: 8)
        defer { arena.deallocate() }
        var pointers: [UnsafePointer<CChar>?] = []
        var lengths: [Int32] = []
        var offset = 0
        for binding in bindings {
            guard let bytes = binding.bytes else {
                pointers.append(nil)
                lengths.append(0)
                continue
            }
            guard let length = Int32(exactly: bytes.count) else {
                throw .protocolViolation("a value exceeds 2 GiB")
            }
            let place = UnsafeMutableRawBufferPointer(rebasing: arena[offset..<offset + bytes.count])
            place.copyBytes(from: bytes)
            // An empty value needs a pointer too: nil is NULL.
            pointers.append(
                arena.baseAddress.map { UnsafePointer(($0 + offset).assumingMemoryBound(to: CChar.self)) })
            lengths.append(length)
            offset += bytes.count
        }
        let formats = [Int32](repeating: 1, count: bindings.count)
        return try check(
            PQexecPrepared(handle, name, Int32(bindings.count), pointers, lengths, formats, 1), statement: key
        )
    }

    private func prepare(_ key: StatementCache.Key) throws(PostgresError) -> String {
        if let name = statements.name(for: key) { return name }
        if let evicted = statements.evictIfFull() { try script("DEALLOCATE \(evicted)") }
        let name = statements.nextName()
        PQclear(
            try check(PQprepare(handle, name, key.text, Int32(key.types.count), key.types), statement: nil))
        statements.insert(name, for: key)
        return name
    }

    /// Runs trusted text of any number of statements, without parameters, over the simple protocol.
    func script(_ text: String) throws(PostgresError) {
        PQclear(try check(PQexec(handle, text), statement: nil))
    }

    /// Like `script`; returns the last statement's command tag.
    func command(_ text: String) throws(PostgresError) -> String {
        let result = try check(PQexec(handle, text), statement: nil)
        defer { PQclear(result) }
        return String(cString: PQcmdStatus(result))
    }

    // MARK: State

    /// Whether the connection is up as far as is known without asking the server.
    ///
    /// Notices a connection that the server closed, at the cost of one `poll`.
    var seemsAlive: Bool {
        guard PQstatus(handle) == CONNECTION_OK else { return false }
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        if poll(&descriptor, 1, 0) > 0, PQconsumeInput(handle) == 0 { return false }
        return PQstatus(handle) == CONNECTION_OK
    }

    var isBroken: Bool { PQstatus(handle) != CONNECTION_OK }
    var transactionStatus: PGTransactionStatusType { PQtransactionStatus(handle) }
    var socket: Int32 { PQsocket(handle) }

    /// The server process that serves this connection (`pg_backend_pid()`).
    package var backendProcess: Int { Int(PQbackendPID(handle)) }

    func forgetFailure() {
        failure = nil
        cacheWasStale = false
    }

    // MARK: Results

    /// - Parameter statement: the prepared statement, if one was executed.
    private func check(_ result: OpaquePointer?, statement: StatementCache.Key?) throws(PostgresError)
        -> OpaquePointer
    {
        guard let result else { throw remember(lossOrViolation()) }
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY, PGRES_COPY_IN:
            return result
        default:
            defer { PQclear(result) }
            throw remember(refusal(result, statement: statement))
        }
    }

    private func remember(_ error: PostgresError) -> PostgresError {
        if failure == nil { failure = error }
        return error
    }

    private func lossOrViolation() -> PostgresError {
        let message = parameters.redact(String(cString: PQerrorMessage(handle)))
        return isBroken ? .connectionLost(message) : .protocolViolation(message)
    }

    private func refusal(_ result: OpaquePointer, statement: StatementCache.Key?) -> PostgresError {
        func field(_ letter: Character) -> String? {
            guard let ascii = letter.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else {
                return nil
            }
            return String(cString: text)
        }
        let message = parameters.redact(field("M") ?? String(cString: PQresultErrorMessage(result)))
        let isFatal = field("V") == "FATAL" || field("V") == "PANIC"
        guard let sqlState = field("C"), !isFatal, !isBroken else {
            return isFatal || isBroken ? .connectionLost(message) : .protocolViolation(message)
        }
        // The schema changed under a cached plan, or someone discarded our statements.
        if let statement, field("R") == "RevalidateCachedQuery" || sqlState == "26000" {
            statements.remove(statement)
            cacheWasStale = true
        }
        return .server(sqlState: sqlState, message: message, detail: field("D"), constraint: field("n"))
    }
}

// MARK: - Copying and notifications

extension Connection {
    /// Puts the connection into `COPY … FROM STDIN`.
    func beginCopy(_ text: String) throws(PostgresError) {
        PQclear(try check(PQexec(handle, text), statement: nil))
    }

    func sendCopyData(_ bytes: [UInt8]) throws(PostgresError) {
        let sent = bytes.withUnsafeBytes { buffer in
            PQputCopyData(
                handle, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count))
        }
        guard sent == 1 else { throw remember(lossOrViolation()) }
    }

    /// - Parameter refusal: why the data is to be thrown away; `nil` to keep it.
    /// - Returns: the number of rows copied.
    func endCopy(refusal: String?) throws(PostgresError) -> Int {
        guard PQputCopyEnd(handle, refusal) == 1 else { throw remember(lossOrViolation()) }
        var outcome: Result<Int, PostgresError> = .success(0)
        // A statement is over only when libpq has no more results.
        while let next = PQgetResult(handle) {
            do throws(PostgresError) {
                let result = try check(next, statement: nil)
                defer { PQclear(result) }
                outcome = .success(Int(String(cString: PQcmdTuples(result))) ?? 0)
            } catch {
                outcome = .failure(error)
                if isBroken { break }
            }
        }
        return try outcome.get()
    }

    /// The notifications that have arrived, without waiting; `nil` if the connection is gone.
    func takeNotifications() -> [(channel: String, payload: String)]? {
        guard PQconsumeInput(handle) == 1, !isBroken else { return nil }
        var found: [(channel: String, payload: String)] = []
        while let notification = PQnotifies(handle) {
            found.append(
                (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return found
    }
}

extension JSONValue {
    /// Reads one JSON text, strictly.
    ///
    /// Unlike most readers it refuses duplicate keys, fractions, exponents, `-0`, lone surrogates and integers
    /// outside 64 bits: two readers of one signed text must never see different things.
    ///
    /// - Parameters:
    ///   - bytes: the whole text, UTF-8, without a byte order mark.
    ///   - limits: what to allow.
    /// - Throws: the first rule broken, with its offset.
    /// - Source: RFC 8259; duplicate keys and integers as RFC 7493 §2.2, §2.3.
    package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        guard bytes.count <= limits.maxBytes else {
            throw .tooLarge(bytes: bytes.count, limit: limits.maxBytes)
        }
        let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONError> in
            var parser = JSONParser(
                bytes: buffer, maxDepth: limits.maxDepth, otherNumbers: limits.otherNumbers)
            do throws(JSONError) { return .success(try parser.document()) } catch { return .failure(error) }
        }
        self = try result.get()
    }
}

/// A recursive descent reader over bytes that outlive it.
struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maxDepth: Int
    let otherNumbers: JSONLimits.OtherNumbers
    var offset = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maxDepth: Int, otherNumbers: JSONLimits.OtherNumbers) {
        self.bytes = bytes
        self.maxDepth = maxDepth
        self.otherNumbers = otherNumbers
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipWhiteSpace()
        guard offset == bytes.count else { throw .trailingBytes(offset: offset) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string().text)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        case let byte:
            throw .unexpectedByte(byte, offset: offset)
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        guard depth < maxDepth else { throw .tooDeep(limit: maxDepth, offset: offset) }
        let opening = offset
        offset &+= 1
        skipWhiteSpace()
        if try peek() == UInt8(ascii: "}") {
            offset &+= 1
            return JSONObject()
        }
        var members: [JSONObject.Member] = []
        var order = KeyOrder()
        while true {
            guard try peek() == UInt8(ascii: "\"") else {
                throw .unexpectedByte(bytes[offset], offset: offset)
            }
            let key = try string()
            order.note(key, after: members.last?.key)
            skipWhiteSpace()
            guard try peek() == UInt8(ascii: ":") else {
                throw .unexpectedByte(bytes[offset], offset: offset)
            }
            offset &+= 1
            members.append((key: key.text, value: try value(depth: depth &+ 1)))
            skipWhiteSpace()
            switch try peek() {
            case UInt8(ascii: ","):
                offset &+= 1
                skipWhiteSpace()
            case UInt8(ascii: "}"):
                offset &+= 1
                return try order.object(of: members, at: opening)
            case let byte:
                throw .unexpectedByte(byte, offset: offset)
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        guard depth < maxDepth else { throw .tooDeep(limit: maxDepth, offset: offset) }
        offset &+= 1
        skipWhiteSpace()
        if try peek() == UInt8(ascii: "]") {
            offset &+= 1
            return []
        }
        var elements: [JSONValue] = []
        while true {
            elements.append(try value(depth: depth &+ 1))
            skipWhiteSpace()
            switch try peek() {
            case UInt8(ascii: ","):
                offset &+= 1
            case UInt8(ascii: "]"):
                offset &+= 1
                return elements
            case let byte:
                throw .unexpectedByte(byte, offset: offset)
            }
        }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        switch otherNumbers {
        case .refused: return .integer(try integer())
        case .readAsNull:
            let start = offset
            if let integer = try? integer() { return .integer(integer) }
            offset = start
            try skipNumber()
            return .null
        }
    }

    private mutating func integer() throws(JSONError) -> Int {
        let start = offset
        let isNegative = bytes[offset] == UInt8(ascii: "-")
        if isNegative { offset &+= 1 }
        let firstDigit = offset
        // Summed as a negative number, whose range reaches one further.
        var total = 0
        while offset < bytes.count, case let digit = bytes[offset] &- UInt8(ascii: "0"), digit <= 9 {
            let (product, overflow) = total.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.subtractingReportingOverflow(Int(digit))
            guard !overflow, !overflowToo else { throw .integerOutOfRange(offset: start) }
            total = sum
            offset &+= 1
        }
        guard offset > firstDigit else {
            guard offset < bytes.count else { throw .unexpectedEnd(offset: offset) }
            throw .unexpectedByte(bytes[offset], offset: offset)
        }
        if offset < bytes.count,
            [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[offset])
        {
            throw .notAnInteger(offset: start)
        }
        if bytes[firstDigit] == UInt8(ascii: "0"), isNegative || offset > firstDigit &+ 1 {
            throw .ambiguousInteger(offset: start)
        }
        if isNegative { return total }
        guard total != Int.min else { throw .integerOutOfRange(offset: start) }
        return 0 &- total
    }

    /// Passes over a number of any size and spelling.
    ///
    /// - Source: RFC 8259 §6.
    private mutating func skipNumber() throws(JSONError) {
        skip(UInt8(ascii: "-"))
        if !skip(UInt8(ascii: "0")) { try skipDigits() }
        if skip(UInt8(ascii: ".")) { try skipDigits() }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
            try skipDigits()
        }
    }

    /// Passes over at least one digit.
    private mutating func skipDigits() throws(JSONError) {
        let first = try peek()
        guard first &- UInt8(ascii: "0") <= 9 else { throw .unexpectedByte(first, offset: offset) }
        while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") <= 9 { offset &+= 1 }
    }

    /// Passes over `byte`, if it comes next.
    @discardableResult
    private mutating func skip(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset &+= 1
        return true
    }

    private mutating func expect(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset < bytes.count else { throw .unexpectedEnd(offset: offset) }
            guard bytes[offset] == word.utf8Start[index] else {
                throw .unexpectedByte(bytes[offset], offset: offset)
            }
            offset &+= 1
        }
    }

    private func peek() throws(JSONError) -> UInt8 {
        guard offset < bytes.count else { throw .unexpectedEnd(offset: offset) }
        return bytes[offset]
    }

    private mutating func skipWhiteSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): offset &+= 1
            default: return
            }
        }
    }
}

/// Notices while an object is read whether its keys come in canonical order, so that sorting, and the search
/// for duplicates, is only done where they do not.
private struct KeyOrder {
    private var isSorted = true
    private var previous: UnsafeBufferPointer<UInt8>?

    /// Notes the next key.
    mutating func note(_ key: JSONParser.Text, after last: String?) {
        let raw = key.raw
        defer { previous = raw }
        guard isSorted, let last else { return }
        if let previous, let raw {
            isSorted = previous.precedes(raw)
        } else {
            isSorted = last.precedesInUTF8(key.text)
        }
    }

    /// The object that opened at `offset`, of `members` in the order they were noted.
    func object(of members: [JSONObject.Member], at offset: Int) throws(JSONError) -> JSONObject {
        if isSorted { return JSONObject(sorted: members) }
        let order = members.indices.sorted { members[$0].key.precedesInUTF8(members[$1].key) }
        for (earlier, later) in zip(order, order.dropFirst())
        where members[earlier].key.hasSameUTF8(as: members[later].key) {
            throw .duplicateKey(members[later].key, offset: offset)
        }
        return JSONObject(sorted: order.map { members[$0] })
    }
}

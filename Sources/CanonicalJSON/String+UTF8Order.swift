extension String {
    /// Whether the UTF-8 bytes are the same. Swift's `==` also equates canonically equivalent text.
    package func hasSameUTF8(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        return withUTF8Bytes { left in
            other.withUTF8Bytes { right in left.elementsEqual(right) }
        }
    }

    /// Whether this text comes before `other` in the order of UTF-8 bytes, which is that of code points.
    package func precedesInUTF8(_ other: String) -> Bool {
        withUTF8Bytes { left in
            other.withUTF8Bytes { right in left.precedes(right) }
        }
    }

    /// Calls `body` with the text's UTF-8 bytes, without copying them where the text is contiguous.
    func withUTF8Bytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(body) ?? Array(utf8).withUnsafeBufferPointer(body)
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether these bytes come before `other` in lexicographic order.
    func precedes(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        let common = Swift.min(count, other.count)
        var index = 0
        while index < common {
            let left = self[index]
            let right = other[index]
            if left != right { return left < right }
            index &+= 1
        }
        return count < other.count
    }
}

/// The form of a `License-Expression`.
package enum LicenseExpression {
    /// Whether the text has the grammar of an SPDX expression: identifiers joined by `AND`, `OR` and `WITH`, in
    /// parentheses or not. Whether SPDX lists the identifiers is not checked: the list grows every few months.
    ///
    /// - Source: core metadata specification, `License-Expression`; SPDX 2.3 annex D.
    package static func isWellFormed(_ text: String) -> Bool {
        enum Expectation { case operand, exception, connective, connectiveAfterGroup }

        var depth = 0
        var expectation = Expectation.operand
        for token in tokens(of: text) {
            switch (token.lowercased(), expectation) {
            case ("(", .operand): depth += 1
            case (")", .connective), (")", .connectiveAfterGroup):
                depth -= 1
                guard depth >= 0 else { return false }
                expectation = .connectiveAfterGroup
            case ("and", .connective), ("or", .connective), ("and", .connectiveAfterGroup),
                ("or", .connectiveAfterGroup):
                expectation = .operand
            case ("with", .connective): expectation = .exception
            case (let word, .operand), (let word, .exception):
                guard isIdentifier(word) else { return false }
                expectation = expectation == .exception ? .connectiveAfterGroup : .connective
            default: return false
            }
        }
        return depth == 0 && (expectation == .connective || expectation == .connectiveAfterGroup)
    }

    /// Parentheses and words.
    private static func tokens(of text: String) -> [String] {
        var tokens: [String] = []
        var word: [UInt8] = []
        func finish() {
            if !word.isEmpty { tokens.append(String(decoding: word, as: UTF8.self)) }
            word = []
        }
        for byte in text.utf8 {
            switch Unicode.Scalar(byte) {
            case " ", "\t", "\n", "\r": finish()
            case "(", ")":
                finish()
                tokens.append(String(Unicode.Scalar(byte)))
            default: word.append(byte)
            }
        }
        finish()
        return tokens
    }

    private static func isIdentifier(_ word: String) -> Bool {
        !["and", "or", "with"].contains(word)
            && word.utf8.allSatisfy { $0.isAlphanumeric || $0 == "." || $0 == "-" || $0 == "+" }
    }
}

/// The form of the addresses in `Author-Email` and `Maintainer-Email`.
enum EmailAddress {
    /// The address in a value such as `Jane Doe <jane@example.org>`; nil if there is none, or more than one, in
    /// which case Warehouse checks none either.
    static func only(in value: String) -> String? {
        let bare = withoutQuotesAndComments(value)
        guard !bare.utf8.contains(UInt8(character: ",")) else { return nil }
        let address: String
        if let open = bare.firstIndex(of: "<") {
            let rest = bare[bare.index(after: open)...]
            address = String(rest.prefix { $0 != ">" })
        } else {
            address = bare
        }
        let stripped = PythonText.strip(address)
        return stripped.isEmpty ? nil : stripped
    }

    /// Why the address is none, or nil. Sentences as those of Python's `email_validator`, which further names the
    /// characters it dislikes.
    static func fault(in address: String) -> String? {
        guard let at = address.utf8.lastIndex(of: UInt8(character: "@")) else {
            return "An email address must have an @-sign."
        }
        let local = address.utf8[..<at]
        let domain = address.utf8[address.utf8.index(after: at)...]
        if local.isEmpty { return "There must be something before the @-sign." }
        if domain.isEmpty { return "There must be something after the @-sign." }
        if local.count > 64 {
            return
                "The email address is too long before the @-sign (\(local.count - 64) characters too many)."
        }
        guard local.allSatisfy(isAtomText) else {
            return "The email address contains invalid characters before the @-sign."
        }
        if local.first == "." { return "An email address cannot start with a period." }
        if local.last == "." {
            return "An email address cannot have a period immediately before the @-sign."
        }
        if zip(local, local.dropFirst()).contains(where: { $0 == "." && $1 == "." }) {
            return "An email address cannot have two periods in a row."
        }
        guard domain.count <= 253, domain.allSatisfy({ isDomainText($0) || $0 == "." }) else {
            return "The part after the @-sign contains invalid characters."
        }
        let labels = domain.split(separator: UInt8(character: "."), omittingEmptySubsequences: false)
        guard labels.count > 1 else {
            return "The part after the @-sign is not valid. It should have a period."
        }
        let isWellFormed = labels.allSatisfy { $0.first.map { $0 != "-" } ?? false && !($0.last == "-") }
        return isWellFormed ? nil : "The part after the @-sign is not valid."
    }

    private static func withoutQuotesAndComments(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        var inQuotes = false
        var isEscaped = false
        var depth = 0
        for scalar in value.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" && (inQuotes || depth > 0) {
                isEscaped = true
            } else if scalar == "\"" && depth == 0 {
                inQuotes.toggle()
            } else if scalar == "(" && !inQuotes {
                depth += 1
            } else if scalar == ")" && depth > 0 {
                depth -= 1
            } else if !inQuotes && depth == 0 {
                result.append(scalar)
            }
        }
        return String(result)
    }

    private static func isAtomText(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte >= 0x80 || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(byte)
    }

    private static func isDomainText(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte >= 0x80 || byte == "-"
    }
}

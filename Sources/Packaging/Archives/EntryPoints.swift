/// The check of a wheel's `entry_points.txt`: well-formed, and no script name that could leave the directory
/// scripts are put in.
///
/// - Source: entry points specification; Warehouse's use of Python's strict `configparser` with `=` as the only
///   delimiter and case kept.
enum EntryPoints {
    static func areValid(_ bytes: [UInt8]) -> Bool {
        guard let text = String(validating: bytes, as: UTF8.self), let sections = parse(text) else {
            return false
        }
        // configparser shows the defaults in every section.
        let defaults = sections["DEFAULT"] ?? []
        for name in ["console_scripts", "gui_scripts"] {
            guard let options = sections[name] else { continue }
            guard options.union(defaults).allSatisfy(isScriptName) else { return false }
        }
        return true
    }

    /// `[\w.-]+`, with Unicode's letters and digits.
    private static func isScriptName(_ name: String) -> Bool {
        name.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "_", ".", "-": return true
            default:
                switch scalar.properties.generalCategory {
                case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
                    .decimalNumber, .letterNumber, .otherNumber:
                    return true
                default: return false
                }
            }
        }
    }

    /// The option names of each section, or nil when the text is not an INI file.
    private static func parse(_ text: String) -> [String: Set<String>]? {
        var sections: [String: Set<String>] = [:]
        var section: String?
        var isInOption = false
        var optionIndent = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let value = PythonText.strip(String(line))
            if value.isEmpty || value.hasPrefix("#") || value.hasPrefix(";") { continue }
            let indent = line.unicodeScalars.prefix(while: PythonText.isWhitespace).count
            if isInOption, indent > optionIndent { continue }  // more of the value before
            optionIndent = indent
            if let header = sectionName(value) {
                if sections[header] != nil, header != "DEFAULT" { return nil }
                sections[header] = sections[header] ?? []
                section = header
                isInOption = false
            } else {
                guard let current = section, let equals = value.firstIndex(of: "=") else { return nil }
                let option = PythonText.strip(String(value[..<equals]))
                guard !option.isEmpty, sections[current, default: []].insert(option).inserted else {
                    return nil
                }
                isInOption = true
            }
        }
        return sections
    }

    /// What stands between `[` at the start and the last `]`.
    private static func sectionName(_ value: String) -> String? {
        guard value.hasPrefix("["), let end = value.lastIndex(of: "]") else { return nil }
        let name = value[value.index(after: value.startIndex)..<end]
        return name.isEmpty ? nil : String(name)
    }
}

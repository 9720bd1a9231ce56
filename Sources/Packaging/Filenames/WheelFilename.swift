/// The filename of a wheel.
///
/// - Shape: `{project}-{version}[-{build}]-{python}-{abi}-{platform}.whl`; a tag may be a set joined by `.`.
/// - Source: `packaging.utils.parse_wheel_filename`; binary distribution format.
package struct WheelFilename: Hashable, Sendable {
    /// Orders wheels that are otherwise the same: a number, then text.
    package struct Build: Hashable, Sendable {
        package let number: DecimalNumber
        package let suffix: String
    }

    /// One combination of the tags, in lower case.
    package struct Tag: Hashable, Sendable {
        package let python: String
        package let abi: String
        package let platform: String
    }

    /// The whole filename.
    package let text: String
    package let project: ProjectName
    package let version: Version
    /// The project as the filename spells it.
    package let projectComponent: String
    /// The version as the filename spells it.
    package let versionComponent: String
    package let build: Build?
    /// In lower case, as are the other two.
    package let pythonTags: [String]
    package let abiTags: [String]
    package let platformTags: [String]

    /// - Throws: `.invalidWheelFilename`.
    package init(_ text: String) throws(PackagingError) {
        guard text.hasSuffix(".whl") else { throw .invalidWheelFilename(text, .wrongExtension) }
        let parts = text.utf8.dropLast(4).split(
            separator: UInt8(character: "-"), omittingEmptySubsequences: false
        )
        .map { String(Substring($0)) }
        guard parts.count == 5 || parts.count == 6 else {
            throw .invalidWheelFilename(text, .wrongNumberOfParts)
        }
        guard !Self.hasDoubleUnderscore(parts[0]), let project = try? ProjectName(parts[0]) else {
            throw .invalidWheelFilename(text, .invalidProject)
        }
        // Our rule: `packaging` accepts whitespace around the version.
        guard let version = try? Version(parts[1]), PythonText.strip(parts[1]) == parts[1] else {
            throw .invalidWheelFilename(text, .invalidVersion)
        }
        self.text = text
        self.project = project
        self.version = version
        self.projectComponent = parts[0]
        self.versionComponent = parts[1]
        if parts.count == 6 {
            guard let build = Build(parts[2]) else {
                throw .invalidWheelFilename(text, .invalidBuild(parts[2]))
            }
            self.build = build
        } else {
            self.build = nil
        }
        let tags = parts.suffix(3)
        self.pythonTags = try Self.tagSet(tags[tags.startIndex], of: text)
        self.abiTags = try Self.tagSet(tags[tags.startIndex + 1], of: text)
        self.platformTags = try Self.tagSet(tags[tags.startIndex + 2], of: text)
    }

    /// Every combination of the compressed tag sets.
    ///
    /// Its size is the product of the three sets': tens of thousands for the longest filename.
    package var tags: Set<Tag> {
        var tags: Set<Tag> = []
        for python in pythonTags {
            for abi in abiTags {
                for platform in platformTags {
                    tags.insert(Tag(python: python, abi: abi, platform: platform))
                }
            }
        }
        return tags
    }

    /// The directory inside the wheel that holds its metadata.
    package var metadataDirectory: String { "\(projectComponent)-\(versionComponent).dist-info" }

    private static func hasDoubleUnderscore(_ name: String) -> Bool {
        zip(name.utf8, name.utf8.dropFirst()).contains { $0 == "_" && $1 == "_" }
    }

    private static func tagSet(_ text: String, of filename: String) throws(PackagingError) -> [String] {
        var tags: [String] = []
        for part in text.utf8.split(separator: UInt8(character: "."), omittingEmptySubsequences: false) {
            guard !part.isEmpty, part.allSatisfy({ $0.isAlphanumeric || $0 == "_" }) else {
                throw .invalidWheelFilename(filename, .invalidTag(String(Substring(part))))
            }
            tags.append(String(decoding: part.map(\.lowercased), as: UTF8.self))
        }
        return tags
    }
}

extension WheelFilename.Build {
    /// Nil unless the text starts with a digit.
    fileprivate init?(_ text: String) {
        let digits = text.utf8.prefix(while: \.isDigit)
        guard !digits.isEmpty else { return nil }
        number = DecimalNumber(digits: digits)
        suffix = String(Substring(text.utf8[digits.endIndex...]))
    }
}

/// Why a text is no valid name, version, specifier, requirement, filename or metadata.
///
/// `description` is the wording of the `packaging` library where it has one.
package enum PackagingError: Error, Hashable, Sendable {
    case invalidName(String)
    case invalidVersion(String)
    case invalidSpecifier(String)
    case invalidRequirement(String, RequirementFault)
    case invalidMarker(String, RequirementFault)
    case invalidWheelFilename(String, WheelFilenameFault)
    case invalidSdistFilename(String, SdistFilenameFault)
    /// Neither a wheel nor a source distribution by its extension.
    case unknownDistribution(String)
    /// Metadata longer than the limit, in bytes.
    case metadataTooLarge(limit: Int)
    case metadataNotUTF8
    /// A field of the metadata, by its header name in lower case, and what is wrong with it.
    case invalidMetadata(field: String, message: String)
}

/// Where the grammar of dependency specifiers was left; the raw value completes "Expected …".
package enum RequirementFault: String, Error, Hashable, Sendable {
    case name = "package name at the start of dependency specifier"
    case url = "URL after @"
    case whitespaceAfterURL = "whitespace after URL"
    case semicolon = "semicolon before the marker"
    case extraName = "extra name after comma"
    case extraComma = "comma between extra names"
    case closingBracket = "matching RIGHT_BRACKET for LEFT_BRACKET, after extras"
    case closingParenthesis = "matching RIGHT_PARENTHESIS for LEFT_PARENTHESIS"
    case specifier = "valid version specifiers"
    case markerOperand = "a marker variable or quoted string"
    case markerOperator = "marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in"
    case markerString = "a well-formed quoted string"
    case markerDepth = "fewer nested parentheses"
    case end = "end of dependency specifier"
}

/// What is wrong with the filename of a wheel.
package enum WheelFilenameFault: Hashable, Sendable {
    case wrongExtension
    case wrongNumberOfParts
    case invalidProject
    case invalidVersion
    case invalidBuild(String)
    /// A part of a tag is empty or holds something else than ASCII letters, digits and underscores. Our rule:
    /// `packaging` accepts anything.
    case invalidTag(String)
}

/// What is wrong with the filename of a source distribution.
package enum SdistFilenameFault: Hashable, Sendable {
    case wrongExtension
    case noVersion
    /// Our rule: `packaging` accepts anything.
    case invalidProject
    case invalidVersion
}

extension PackagingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidName(let text): "name is invalid: \(PythonText.repr(text))"
        case .invalidVersion(let text): "Invalid version: \(PythonText.repr(text))"
        case .invalidSpecifier(let text): "Invalid specifier: \(PythonText.repr(text))"
        case .invalidRequirement(let text, let fault), .invalidMarker(let text, let fault):
            "Expected \(fault.rawValue): \(PythonText.repr(text))"
        case .invalidWheelFilename(let text, let fault): Self.describe(wheel: text, fault)
        case .invalidSdistFilename(let text, let fault): Self.describe(sdist: text, fault)
        case .unknownDistribution(let text): "Unknown distribution format: \(PythonText.repr(text))"
        case .metadataTooLarge(let limit): "Metadata exceeds \(limit) bytes"
        case .metadataNotUTF8: "Metadata is not valid UTF-8"
        case .invalidMetadata(_, let message): message
        }
    }

    private static func describe(wheel text: String, _ fault: WheelFilenameFault) -> String {
        let stem = PythonText.repr(text.hasSuffix(".whl") ? String(text.dropLast(4)) : text)
        return switch fault {
        case .wrongExtension: "Invalid wheel filename (extension must be '.whl'): \(stem)"
        case .wrongNumberOfParts: "Invalid wheel filename (wrong number of parts): \(stem)"
        case .invalidProject: "Invalid project name: \(stem)"
        case .invalidVersion: "Invalid wheel filename (invalid version): \(stem)"
        case .invalidBuild(let build): "Invalid build number: \(build) in \(stem)"
        case .invalidTag(let tag): "Invalid wheel filename (invalid tag \(PythonText.repr(tag))): \(stem)"
        }
    }

    private static func describe(sdist text: String, _ fault: SdistFilenameFault) -> String {
        let name = PythonText.repr(text)
        return switch fault {
        case .wrongExtension:
            "Invalid sdist filename (extension must be '.tar.gz' or '.zip'): \(name)"
        case .noVersion: "Invalid sdist filename: \(name)"
        case .invalidProject: "Invalid sdist filename (invalid project name): \(name)"
        case .invalidVersion: "Invalid sdist filename (invalid version): \(name)"
        }
    }
}

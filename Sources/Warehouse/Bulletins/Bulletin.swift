package import TUF
import TUFRepository

/// What an administrator tells users about the security of this index.
///
/// - Source: PEP 480, "In the Event of a Key Compromise".
package struct Bulletin: Sendable {
    package let id: Int
    package let title: String
    /// Plain text; paragraphs are apart by an empty line.
    package let body: String
    package let publishedAt: MetadataTime
    package let updatedAt: MetadataTime
}

extension Bulletin {
    /// Our own limits: characters (Unicode scalars) and bytes.
    package static let maxTitle = 200
    package static let maxBodyBytes = 64 << 10

    /// - Throws: ``TransactionRefusal`` `.draft` for an empty title, one that is too long or has control characters.
    static func checked(title: String) throws(TransactionRefusal) -> String {
        guard (1...maxTitle).contains(title.unicodeScalars.count), !title.isBlank, !title.containsControls
        else {
            throw TransactionRefusal(
                .draft, value: "title",
                "A title has 1 to \(maxTitle) characters, none of them a control character.")
        }
        return title
    }

    /// - Returns: the text with every line end as a line feed.
    /// - Throws: ``TransactionRefusal`` `.draft` for an empty text, one that is too long or has control characters
    ///   besides tabs and line ends.
    static func checked(body: String) throws(TransactionRefusal) -> String {
        var scalars = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in body.unicodeScalars {
            if scalar == "\r" {
                scalars.append("\n")
            } else if scalar != "\n" || previous != "\r" {
                scalars.append(scalar)
            }
            previous = scalar
        }
        let hasControls = scalars.contains {
            $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t"
        }
        let text = String(scalars)
        guard text.utf8.count <= maxBodyBytes, !text.isBlank, !hasControls else {
            throw TransactionRefusal(
                .draft, value: "body",
                "A text has 1 to \(maxBodyBytes) bytes of UTF-8, without control characters besides tabs and line ends."
            )
        }
        return text
    }
}

extension String {
    fileprivate var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}

import Packaging

/// A bulletin's text for HTML and for XML.
enum BulletinText {
    /// Escaped, with U+FFFD for what XML 1.0 (§2.2) or a browser cannot show: controls besides tab and line feed,
    /// noncharacters.
    static func escaped(_ text: String) -> String {
        HTMLText.escaped(
            String(String.UnicodeScalarView(text.unicodeScalars.map { isShown($0) ? $0 : "\u{FFFD}" })))
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: true
        case 0..<0x20, 0x7F...0x9F, 0xFDD0...0xFDEF: false
        default: scalar.value & 0xFFFE != 0xFFFE
        }
    }
}

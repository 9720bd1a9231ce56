import Testing

@testable import Packaging

@Suite("Forms of single metadata fields")
struct FieldFormTests {
    @Test(
        "License expressions are well-formed",
        arguments: [
            "MIT", "mit", "MIT OR Apache-2.0", "(MIT)", "GPL-2.0+ WITH Classpath-exception-2.0",
            "MIT AND (Apache-2.0 or BSD-2-Clause) and LicenseRef-Ours", "((MIT))",
        ])
    func license(text: String) { #expect(LicenseExpression.isWellFormed(text)) }

    @Test(
        "License expressions are malformed",
        arguments: [
            "", " ", "MIT OR", "OR MIT", "MIT Apache-2.0", "(MIT", "MIT)", "()", "MIT WITH", "(MIT) WITH x",
            "a WITH b WITH c", "MIT/X11", "MIT, BSD", "MIT WITH (x)",
        ])
    func noLicense(text: String) { #expect(!LicenseExpression.isWellFormed(text)) }

    @Test(
        "Web addresses are valid",
        arguments: [
            "https://example.org", "HTTP://user:pw@example.org:8080/a/b;c?d=e/?#[f]|", "https://[::1]:1/",
            "http:x",
            "https://example.org/%20", "https:///nohost", "https://exa mple.org/ä|<x>",
        ])
    func url(text: String) { #expect(WebAddress.isValid(text)) }

    @Test(
        "Web addresses are invalid",
        arguments: [
            "", "example.org", "//example.org", "ftp://example.org", "javascript:alert(1)",
            " https://example.org",
            "https://e.org/[x]", "https://e.org?q=[1]", "https://e.org/a\nb", "https://e.org/\u{7F}",
        ])
    func noURL(text: String) { #expect(!WebAddress.isValid(text)) }

    @Test(
        "E-mail addresses are judged one at a time, by what stands in angle brackets",
        arguments: [
            ("a@b.org", nil), ("Jane Doe <a@b.org>", nil), (#""Doe, Jane" <a@b.org>"#, nil),
            ("a@b.org (Jane)", nil),
            ("a@b.org, nonsense", nil), ("<>", nil), ("ü@bücher.example", nil), ("a+b@c-d.example", nil),
            ("Jane", "An email address must have an @-sign."),
            ("<@b.org>", "There must be something before the @-sign."),
            ("a@", "There must be something after the @-sign."),
            ("a@localhost", "The part after the @-sign is not valid. It should have a period."),
            ("a@b..org", "An email address cannot have two periods in a row."),
            ("a@b-.org", "The part after the @-sign is not valid."),
            ("a@-b.org", "An email address cannot have a hyphen immediately after the @-sign."),
            ("a@b_c.org", "The part after the @-sign contains invalid characters."),
            ("a b@c.org", "The email address contains invalid characters before the @-sign."),
            (".a@b.org", "An email address cannot start with a period."),
            ("a.@b.org", "An email address cannot have a period immediately before the @-sign."),
            ("a..b@c.org", "An email address cannot have two periods in a row."),
        ] as [(String, String?)])
    func email(value: String, fault: String?) {
        #expect(EmailAddress.only(in: value).flatMap(EmailAddress.fault) == fault)
    }

    @Test(
        "Classifiers are plausible or not",
        arguments: [
            ("A :: B", true), ("Private :: Do Not Upload", true), ("A", false), ("A ::", false),
            (":: B", false),
            ("A :: B ", false), ("A :: \n :: B", false), ("", false), ("A::B", false),
        ])
    func classifier(text: String, isPlausible: Bool) {
        #expect(Classifier.isPlausible(text) == isPlausible)
    }

    @Test(
        "License files stay inside the distribution",
        arguments: [
            ("LICENSE", nil), ("licenses/MIT.txt", nil),
            ("../x", "parent directory indicators are not allowed"),
            ("*.txt", "paths must be resolved"), ("/x", "paths must be relative"),
            ("C:/x", "paths must be relative"),
            (#"C:\x"#, "paths must be relative"), ("//host/x", "paths must be relative"),
            (#"a\b"#, "paths must use '/' delimiter"), ("a//b", "paths must use '/' delimiter"),
            ("./a", "paths must use '/' delimiter"), ("a/", "paths must use '/' delimiter"),
        ] as [(String, String?)])
    func licenseFile(path: String, reason: String?) {
        let expected = reason.map { "\(PythonText.repr(path)) is invalid for 'license-file', \($0)" }
        #expect(LicenseFilePath.fault(in: path) == expected)
    }

    @Test(
        "Import names are dotted identifiers, private or not",
        arguments: [
            ("a.b", nil), ("_x ; private", nil), ("größe", nil),
            ("a.1", "'a.1' is invalid for 'import-name'; '1' is not a valid identifier"),
            ("a.", "'a.' is invalid for 'import-name'; '' is not a valid identifier"),
            ("a.class", "'a.class' is invalid for 'import-name'; 'class' is a keyword"),
            ("a; public", "'a; public' is invalid for 'import-name'; the only valid option is 'private'"),
        ] as [(String, String?)])
    func importName(value: String, fault: String?) {
        #expect(ImportName.fault(in: value, of: .importName) == fault)
    }

    @Test(
        "Content types of descriptions are known",
        arguments: [
            ("text/plain", nil), ("Text/Markdown; charset=UTF-8; variant=GFM", nil),
            (#"text/markdown;variant="CommonMark""#, nil), ("text/x-rst; charset=UTF-8", nil),
            (
                "text/html",
                "'description-content-type' must be one of ['text/markdown', 'text/plain', 'text/x-rst'], "
                    + "not 'text/html'"
            ),
            (
                "text/plain; charset=latin-1",
                "'description-content-type' can only specify the UTF-8 charset, not 'latin-1'"
            ),
            (
                "text/markdown; variant=Original",
                "valid Markdown variants for 'description-content-type' are ['CommonMark', 'GFM'], not 'Original'"
            ),
        ] as [(String, String?)])
    func contentType(value: String, fault: String?) {
        #expect(DescriptionContentType.fault(in: value) == fault)
    }
}

import Testing

@testable import Packaging

@Suite("Filename of an upload")
struct UploadFilenameTests {
    private func check(
        _ filename: String, _ type: String, version: String = "1.0", policy: UploadPolicy = UploadPolicy()
    ) throws -> DistributionFilename {
        try DistributionFilename(
            checking: filename, as: try #require(FileType(rawValue: type)), project: ProjectName("Foo.Bar"),
            version: Version(version), policy: policy)
    }

    @Test(
        "is accepted if it is the release's",
        arguments: [
            ("foo_bar-1.0.tar.gz", "sdist", "1.0"), ("foo_bar-1.0.post1.tar.gz", "sdist", "1.0-1"),
            ("foo_bar-1.0-py3-none-any.whl", "bdist_wheel", "1.0"),
            ("foo_bar-1-1a-py3-none-any.whl", "bdist_wheel", "1.0"),
        ])
    func accepted(filename: String, type: String, version: String) throws {
        #expect(try check(filename, type, version: version).text == filename)
    }

    @Test(
        "is refused otherwise",
        arguments: [
            (
                "foo\u{7F}.tar.gz", "sdist",
                "Cannot upload a file with non-printable characters (ordinals 0-31) "
                    + "or the DEL character (ordinal 127) in the name."
            ),
            ("../foo_bar-1.0.tar.gz", "sdist", #"Cannot upload a file with '/' or '\' in the name."#),
            (#"a\b.whl"#, "bdist_wheel", #"Cannot upload a file with '/' or '\' in the name."#),
            (
                "foo_bar-1.0.tgz", "sdist",
                "Invalid file extension: Use .tar.gz, .whl or .zip extension. "
                    + "See https://www.python.org/dev/peps/pep-0527 and https://peps.python.org/pep-0715/ "
                    + "for more information"
            ),
            (
                "foo_bar-1.0.WHL", "bdist_wheel",
                "Invalid file extension: Extension .WHL is invalid for filetype bdist_wheel. "
                    + "See https://www.python.org/dev/peps/pep-0527 for more information."
            ),
            (
                "foo_bar-1.0-py3-none-any.whl", "sdist",
                "Invalid file extension: Extension .whl is invalid for filetype sdist. "
                    + "See https://www.python.org/dev/peps/pep-0527 for more information."
            ),
            ("other-1.0.tar.gz", "sdist", "Start filename for 'Foo.Bar' with 'foo_bar'."),
            ("1.0.tar.gz", "sdist", "Start filename for 'Foo.Bar' with 'foo_bar'."),
            (
                "Foo.Bar-1.0.tar.gz", "sdist",
                "Filename 'Foo.Bar-1.0.tar.gz' is invalid, should be 'foo_bar-1.0.tar.gz'."
            ),
            (
                "foo_bar-1.0.zip", "sdist",
                "Filename 'foo_bar-1.0.zip' is invalid, should be 'foo_bar-1.0.tar.gz'."
            ),
            (
                "foo_bar-1.0.0.tar.gz", "sdist",
                "Filename 'foo_bar-1.0.0.tar.gz' is invalid, should be 'foo_bar-1.0.tar.gz'."
            ),
            (
                "foo_bar-1.0.whl", "bdist_wheel",
                "Invalid wheel filename (wrong number of parts): 'foo_bar-1.0'"
            ),
            (
                "foo_bar-1.0-py3-none-linux_x86_64.whl", "bdist_wheel",
                "Binary wheel 'foo_bar-1.0-py3-none-linux_x86_64.whl' has an unsupported platform tag "
                    + "'linux_x86_64'."
            ),
            ("other-1.0-py3-none-any.whl", "bdist_wheel", "Start filename for 'Foo.Bar' with 'foo_bar'."),
            (
                "Foo.Bar-1.0-py3-none-any.whl", "bdist_wheel",
                "Filename 'Foo.Bar-1.0-py3-none-any.whl' should contain the normalized project name 'foo_bar', "
                    + "not 'Foo.Bar'."
            ),
            ("foo_bar-2.0-py3-none-any.whl", "bdist_wheel", "Version in filename should be '1.0' not '2.0'."),
        ])
    func refused(filename: String, type: String, message: String) {
        #expect(throws: UploadRefusal(status: 400, message: message)) { try check(filename, type) }
    }

    @Test("is refused if it does not fit a directory with .metadata after it")
    func length() throws {
        func wheel(_ length: Int) -> String {
            "foo_bar-1.0-1" + String(repeating: "x", count: length - 31) + "-py3-none-any.whl"
        }

        #expect(try check(wheel(247 - 1), "bdist_wheel").text.utf8.count == 245)
        #expect(throws: UploadRefusal(message: "Filename is too long: '\(wheel(248))'")) {
            try check(wheel(248), "bdist_wheel")
        }
    }

    @Test("may be for plain Linux if the policy allows that, but for no other unknown platform")
    func plainLinux() throws {
        let policy = UploadPolicy(allowsPlainLinuxWheels: true)

        _ = try check("foo_bar-1.0-py3-none-linux_x86_64.whl", "bdist_wheel", policy: policy)
        #expect(throws: UploadRefusal.self) {
            try check("foo_bar-1.0-py3-none-plan9.whl", "bdist_wheel", policy: policy)
        }
    }
}

import Testing

@testable import Packaging

private func wheelRefusal(
    _ name: String? = nil, version: Version = demoVersion, _ change: (inout WheelFixture) -> Void = { _ in }
) -> String? {
    var wheel = WheelFixture()
    change(&wheel)
    do throws(UploadRefusal) {
        _ = try inspect(wheel.bytes(), name ?? wheel.filename, .wheel, version: version)
        return nil
    } catch {
        #expect(error.status == 400)
        return error.message
    }
}

private func sdist(
    top: String = "demo_pkg-1.0", metadata: String = "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.0\n",
    files: [String] = []
) -> [UInt8] {
    var builder = TarBuilder()
    builder.add("\(top)/", type: "5")
    builder.add("\(top)/PKG-INFO", Array(metadata.utf8))
    for file in files { builder.add("\(top)/\(file)", [1]) }
    return gzipped(builder.bytes())
}

private func sdistRefusal(
    _ bytes: [UInt8] = sdist(), _ name: String = "demo_pkg-1.0.tar.gz", version: Version = demoVersion
) -> String? {
    do throws(UploadRefusal) {
        _ = try inspect(bytes, name, .sdist, version: version)
        return nil
    } catch {
        return error.message
    }
}

private let invalid = "Invalid distribution file. "
private let mismatch = invalid + "Wheel 'demo_pkg-1.0-py3-none-any.whl' does not match its RECORD: "

@Suite("Inspection of wheels")
struct WheelInspectionTests {
    @Test("A sound wheel gives its metadata, as bytes and read")
    func sound() throws {
        let wheel = WheelFixture()
        let found = try inspect(wheel.bytes(), wheel.filename, .wheel)
        #expect(found.metadata == Array(wheel.metadata.utf8))
        #expect(found.coreMetadata.name == demo)
        #expect(found.filename.version == demoVersion)
        #expect(found.recordMismatch == nil)
    }

    @Test("The metadata directory is spelled as the filename spells it")
    func spelling() throws {
        var wheel = WheelFixture()
        wheel.filename = "demo_pkg-1.0.0-1-py3-none-any.whl"
        wheel.directory = "demo_pkg-1.0.0.dist-info"
        #expect(try inspect(wheel.bytes(), wheel.filename, .wheel).filename.version == demoVersion)
    }

    @Test(
        "The filename must be this release's, in the one normal spelling",
        arguments: [
            ("demo_pkg-1.0.whl", invalid + "Unable to parse name and version from wheel filename"),
            ("other-1.0-py3-none-any.whl", "Start filename for 'Demo.Pkg' with 'demo_pkg'."),
            (
                "Demo_Pkg-1.0-py3-none-any.whl",
                "Filename 'Demo_Pkg-1.0-py3-none-any.whl' should contain the normalized project name 'demo_pkg', "
                    + "not 'Demo_Pkg'."
            ),
            ("demo_pkg-2.0-py3-none-any.whl", "Version in filename should be '1.0' not '2.0'."),
            (
                "demo_pkg-1.0-py3-none-linux_x86_64.whl",
                "Binary wheel 'demo_pkg-1.0-py3-none-linux_x86_64.whl' has an unsupported platform tag "
                    + "'linux_x86_64'."
            ),
            (
                "demo_pkg-1.0-none-any.whl",
                "Invalid wheel filename (wrong number of parts): 'demo_pkg-1.0-none-any'"
            ),
        ])
    func filename(_ name: String, _ message: String) {
        let parts = name.split(separator: "-")
        #expect(wheelRefusal(name) { $0.directory = "\(parts[0])-\(parts[1]).dist-info" } == message)
    }

    @Test("WHEEL, RECORD and METADATA must be where the filename says")
    func requiredFiles() {
        #expect(
            wheelRefusal { $0.directory = "other-1.0.dist-info" }
                == invalid + "WHEEL not found at demo_pkg-1.0.dist-info/WHEEL")
        #expect(
            wheelRefusal { $0.record = { _ in nil } }
                == "Wheel 'demo_pkg-1.0-py3-none-any.whl' does not contain the required RECORD file: "
                + "demo_pkg-1.0.dist-info/RECORD")
        #expect(
            wheelRefusal { $0.metadata = "" }
                == "Wheel 'demo_pkg-1.0-py3-none-any.whl' does not contain the required METADATA file: "
                + "demo_pkg-1.0.dist-info/METADATA")
        #expect(
            wheelRefusal { $0.files.append(("other-1.0.dist-info/METADATA", [])) }
                == invalid + "Wheel has more than one .dist-info directory")
    }

    @Test("Metadata must be well-formed and of this release")
    func metadata() {
        #expect(
            wheelRefusal { $0.metadata = "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n" }
                == invalid + "Name in 'demo_pkg-1.0.dist-info/METADATA' should be 'Demo.Pkg' not 'other'.")
        #expect(
            wheelRefusal { $0.metadata = "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.1\n" }
                == invalid + "Version in 'demo_pkg-1.0.dist-info/METADATA' should be '1.0' not '1.1'.")
        #expect(
            wheelRefusal { $0.metadata = "Name: demo-pkg\n" }?.hasPrefix(
                invalid + "'demo_pkg-1.0.dist-info/METADATA' is not valid: ") == true)
    }

    @Test("Licence files of metadata 2.4 must be in the wheel")
    func licenseFiles() {
        let metadata = "Metadata-Version: 2.4\nName: demo-pkg\nVersion: 1.0\nLicense-File: LICENSE\n"
        let path = "demo_pkg-1.0.dist-info/licenses/LICENSE"
        #expect(
            wheelRefusal { $0.metadata = metadata }
                == "License-File LICENSE does not exist in distribution file demo_pkg-1.0-py3-none-any.whl at "
                + path)
        #expect(
            wheelRefusal {
                $0.metadata = metadata
                $0.files.append((path, [1]))
            } == nil)
        #expect(wheelRefusal { $0.metadata = metadata.replacing("2.4", with: "2.1") } == nil)
    }

    @Test("RECORD must list every file with its true hash and size")
    func record() {
        let file = "demo_pkg/__init__.py"
        #expect(
            wheelRefusal { $0.record = { _ in "" } }?.hasPrefix(mismatch + "RECORD does not list 'demo_")
                == true)
        #expect(
            wheelRefusal { $0.record = { $0 + "gone.py,,\n" } }
                == mismatch + "RECORD lists 'gone.py', which the wheel does not contain")
        #expect(
            wheelRefusal { $0.record = { $0.replacing(",6\n", with: ",7\n") } }
                == mismatch + "the size of '\(file)' is not the one in RECORD")
        #expect(
            wheelRefusal { $0.record = { $0.replacing("__init__.py,sha256=", with: "__init__.py,sha256=x") } }
                == mismatch + "the hash of '\(file)' is not the one in RECORD")
        #expect(
            wheelRefusal { $0.record = { $0.replacing("__init__.py,sha256=", with: "__init__.py,md5=") } }
                == mismatch + "RECORD has no usable hash for '\(file)'")
        #expect(
            wheelRefusal { $0.record = { $0 + "\(file),sha256=x,6\n" } }
                == mismatch + "RECORD lists '\(file)' twice, differently")
    }

    @Test("RECORD need not list itself, its signatures or directories; names may be quoted")
    func recordExemptions() {
        #expect(
            wheelRefusal { $0.record = { $0.replacing("demo_pkg-1.0.dist-info/RECORD,,\n", with: "") } }
                == nil)
        #expect(wheelRefusal { $0.files.append(("demo_pkg/a,b.txt", [1, 2])) } == nil)
        #expect(
            wheelRefusal {
                $0.files.append(("demo_pkg-1.0.dist-info/RECORD.jws", [1]))
                $0.record = { text in
                    text.split(separator: "\n").filter { !$0.contains(".jws") }.joined(separator: "\r\n")
                }
            } == nil)
        #expect(
            wheelRefusal {
                $0.record = { $0.replacing("/", with: "\\") }
                $0.bend = { $0.files.append(.init("demo_pkg/", [], stored: true, mode: 0o040755)) }
            } == nil)
    }

    @Test("Under the reporting policy a RECORD that does not match is told, not refused")
    func reportingPolicy() throws {
        var wheel = WheelFixture()
        wheel.record = { $0 + "gone.py,,\n" }
        let found = try inspect(wheel.bytes(), wheel.filename, .wheel, policy: .report)
        #expect(found.recordMismatch == "RECORD lists 'gone.py', which the wheel does not contain")
    }

    @Test(
        "Entry points must be an INI file with plain script names",
        arguments: [
            ("[console_scripts]\nrun = a:b\n\n[gui_scripts]\nX.y-z_1=a:b\n", true),
            ("# note\n[other]\nany thing/at all = a\n", true),
            ("[console_scripts]\nrun =\n  a:b\n  c = d\n", true),
            ("", true),
            ("[console_scripts]\n../run = a:b\n", false),
            ("[console_scripts]\na b = a:b\n", false),
            ("[DEFAULT]\na/b = c\n[gui_scripts]\nx = y\n", false),
            ("run = a:b\n", false),
            ("[console_scripts]\nrun\n", false),
            ("[console_scripts]\n= a:b\n", false),
            ("[console_scripts]\nrun = a\nrun = b\n", false),
            ("[console_scripts]\nx = y\n[console_scripts]\n", false),
        ])
    func entryPoints(_ text: String, _ isSound: Bool) {
        let refusal = wheelRefusal {
            $0.files.append(("demo_pkg-1.0.dist-info/entry_points.txt", Array(text.utf8)))
        }
        let message =
            "Wheel 'demo_pkg-1.0-py3-none-any.whl' has invalid entry points defined in the "
            + "entry_points.txt file"
        #expect(refusal == (isSound ? nil : message))
    }

    @Test("Framing faults reach the uploader in Warehouse's words")
    func framing() {
        #expect(
            wheelRefusal { $0.bend = { $0.files[0].header.flags |= 8 } }
                == invalid + "ZIP archive not accepted: ZIP contains a data descriptor. "
                + "See https://docs.pypi.org/archives for more information")
        #expect(
            wheelRefusal { $0.bend = { $0.files[0].header.crc ^= 1 } }?.contains("Corrupt data in") == true)
    }

    @Test("Metadata files are read only up to a limit")
    func metadataLimit() {
        var limits = ArchiveLimits()
        limits.maxMetadataBytes = 10
        let wheel = WheelFixture()
        #expect(
            throws: UploadRefusal(
                message: invalid + "demo_pkg-1.0.dist-info/METADATA has more than 10 bytes")
        ) { try inspect(wheel.bytes(), wheel.filename, .wheel, limits: limits) }
    }
}

@Suite("Inspection of source distributions")
struct SdistInspectionTests {
    @Test("A sound source distribution gives its metadata")
    func sound() throws {
        let found = try inspect(sdist(), "demo_pkg-1.0.tar.gz", .sdist)
        #expect(found.coreMetadata.version == demoVersion)
        #expect(found.filename.fileType == .sdist)
        // Older setuptools named the directory as the author spells the project.
        #expect(sdistRefusal(sdist(top: "Demo.Pkg-1.0")) == nil)
    }

    @Test(
        "The filename must be the one PEP 625 allows",
        arguments: [
            ("other-1.0.tar.gz", "Start filename for 'Demo.Pkg' with 'demo_pkg'."),
            (
                "Demo.Pkg-1.0.tar.gz",
                "Filename 'Demo.Pkg-1.0.tar.gz' is invalid, should be 'demo_pkg-1.0.tar.gz'."
            ),
            (
                "demo_pkg-2.0.tar.gz",
                "Filename 'demo_pkg-2.0.tar.gz' is invalid, should be 'demo_pkg-1.0.tar.gz'."
            ),
            ("demo.tar.gz", "Invalid source distribution filename: demo.tar.gz"),
        ])
    func filename(_ name: String, _ message: String) {
        #expect(sdistRefusal(sdist(), name) == message)
    }

    @Test("A ZIP source distribution is refused by its name, and a false one as no ZIP file")
    func zip() {
        #expect(
            sdistRefusal(ZipBuilder([.init("demo_pkg-1.0/PKG-INFO", [1])]).bytes(), "demo_pkg-1.0.zip")
                == "Filename 'demo_pkg-1.0.zip' is invalid, should be 'demo_pkg-1.0.tar.gz'.")
        #expect(sdistRefusal([1, 2, 3], "demo_pkg-1.0.zip") == invalid + "File is not a zipfile")
    }

    @Test("A file that is both ZIP and tar is refused either way")
    func polyglot() {
        let both = sdist() + ZipBuilder([.init("a", [1])]).bytes()
        #expect(sdistRefusal(both) == invalid + "File is both a zip and a tar file")
        #expect(throws: UploadRefusal(message: invalid + "File is both a zip and a tar file")) {
            try inspect(both, WheelFixture().filename, .wheel)
        }
        // The ZIP archive as a member of a plain tar archive, whose header is its first bytes.
        var builder = TarBuilder()
        builder.add("d/a", [1])
        #expect(throws: UploadRefusal(message: invalid + "File is both a zip and a tar file")) {
            try inspect(
                builder.bytes() + ZipBuilder([.init("a", [1])]).bytes(), WheelFixture().filename, .wheel)
        }
    }

    @Test("PKG-INFO must be a file in the one top directory, which is named for the release")
    func layout() {
        var builder = TarBuilder()
        builder.add("demo_pkg-1.0/a", [1])
        #expect(
            sdistRefusal(gzipped(builder.bytes())) == invalid + "PKG-INFO not found at demo_pkg-1.0/PKG-INFO")
        builder.add("demo_pkg-1.0/PKG-INFO", type: "2", link: "a")
        #expect(
            sdistRefusal(gzipped(builder.bytes())) == invalid + "PKG-INFO not found at demo_pkg-1.0/PKG-INFO")
        #expect(
            sdistRefusal(sdist(top: "demo_pkg-1.1"))
                == invalid + "Top-level directory 'demo_pkg-1.1' should be 'demo_pkg-1.0'.")
    }

    @Test("Sparse members are refused in Warehouse's words")
    func sparse() {
        var builder = TarBuilder()
        builder.add("demo_pkg-1.0/s", type: "S")
        #expect(
            sdistRefusal(gzipped(builder.bytes()))
                == invalid + "tar archive not accepted: Sparse members are not allowed. "
                + "See https://docs.pypi.org/archives for more information")
    }

    @Test("Metadata must be of this release, and its licence files there")
    func metadata() {
        #expect(
            sdistRefusal(sdist(metadata: "Metadata-Version: 2.1\nName: demo-pkg\nVersion: 3\n"))
                == invalid + "Version in 'demo_pkg-1.0/PKG-INFO' should be '1.0' not '3'.")
        let licensed = "Metadata-Version: 2.4\nName: demo-pkg\nVersion: 1.0\nLicense-File: docs/COPYING\n"
        #expect(
            sdistRefusal(sdist(metadata: licensed))
                == "License-File docs/COPYING does not exist in distribution file demo_pkg-1.0.tar.gz at "
                + "demo_pkg-1.0/docs/COPYING")
        #expect(sdistRefusal(sdist(metadata: licensed, files: ["docs/COPYING"])) == nil)
    }
}

@Suite("Filenames of uploads")
struct UploadFilenameTests {
    private static let unprintable =
        "Cannot upload a file with non-printable characters (ordinals 0-31) "
        + "or the DEL character (ordinal 127) in the name."
    private static let unknown =
        "Invalid file extension: Use .tar.gz, .whl or .zip extension. "
        + "See https://www.python.org/dev/peps/pep-0527 and https://peps.python.org/pep-0715/ for more information"

    private static func wrong(_ ending: String, _ type: String) -> String {
        "Invalid file extension: Extension \(ending) is invalid for filetype \(type). "
            + "See https://www.python.org/dev/peps/pep-0527 for more information."
    }

    @Test(
        "Are refused for characters, separators and endings in Warehouse's words",
        arguments: [
            ("a\u{7F}.whl", FileType.wheel, unprintable), ("a\n.whl", .wheel, unprintable),
            ("../a.whl", .wheel, "Cannot upload a file with '/' or '\\' in the name."),
            ("a\\b.whl", .wheel, "Cannot upload a file with '/' or '\\' in the name."),
            ("a.exe", .wheel, unknown), (".whl", .wheel, unknown), ("", .sdist, unknown),
            ("a.tar.bz2", .sdist, unknown),
            ("a.tar.gz", .wheel, wrong(".tar.gz", "bdist_wheel")), ("a.whl", .sdist, wrong(".whl", "sdist")),
            ("a.WHL", .wheel, wrong(".WHL", "bdist_wheel")),
        ])
    func refused(_ name: String, _ type: FileType, _ message: String) {
        #expect(throws: UploadRefusal(message: message)) {
            try DistributionInspector.checkFilename(name, fileType: type)
        }
    }

    @Test(
        "Platform tags that promise to run elsewhere are supported, others not",
        arguments: [
            ("any", true), ("win_amd64", true), ("manylinux1_x86_64", true), ("manylinux_2_17_x86_64", true),
            ("manylinux_2_28_ppc64", true), ("musllinux_1_2_aarch64", true), ("macosx_10_9_x86_64", true),
            ("macosx_11_0_arm64", true), ("macosx_26_0_universal2", true), ("ios_13_0_arm64_iphoneos", true),
            ("ios_13_0_x86_64_iphonesimulator", true), ("android_21_arm64_v8a", true), ("linux_armv7l", true),
            ("pyemscripten_2024_0_wasm32", true),
            ("linux_x86_64", false), ("macosx_11_1_arm64", false), ("macosx_16_0_arm64", false),
            ("musllinux_1_2_ppc64", false), ("manylinux_2_x86_64", false), ("manylinux_x_y_x86_64", false),
            ("ios_13_0_arm64", false), ("android_21_mips", false), ("android_arm64_v8a", false), ("", false),
            ("win64", false), ("macosx", false),
        ])
    func platforms(_ tag: String, _ isSupported: Bool) {
        #expect(WheelPlatform.isSupported(tag) == isSupported)
    }
}

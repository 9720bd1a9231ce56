import Testing

@testable import Packaging

/// Why the content is refused, with status 400.
private func refusal(_ bytes: [UInt8], _ filename: String) -> String? {
    do {
        _ = try inspect(bytes, filename)
        return nil
    } catch {
        let refusal = error as? UploadRefusal
        #expect(refusal?.status == 400)
        return refusal?.message
    }
}

private func wheelRefusal(_ change: (inout WheelFixture) -> Void) -> String? {
    var wheel = WheelFixture()
    change(&wheel)
    return refusal(wheel.bytes(), wheel.filename)
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

private func sdistRefusal(_ bytes: [UInt8]) -> String? {
    refusal(bytes, "demo_pkg-1.0.tar.gz")
}

private let invalid = "Invalid distribution file. "
private let mismatch = invalid + "Wheel 'demo_pkg-1.0-py3-none-any.whl' does not match its RECORD: "

@Suite("Inspection of wheels")
struct WheelInspectionTests {
    @Test("A sound wheel gives its metadata, as bytes and read")
    func sound() throws {
        let wheel = WheelFixture()
        let found = try inspect(wheel.bytes(), wheel.filename)
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
        #expect(try inspect(wheel.bytes(), wheel.filename).filename.version == demoVersion)
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
                == invalid + "Name in 'demo_pkg-1.0.dist-info/METADATA' should be 'demo_pkg' not 'other'.")
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
        let found = try inspect(wheel.bytes(), wheel.filename, policy: .report)
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
        ) { try inspect(wheel.bytes(), wheel.filename, limits: limits) }
    }
}

@Suite("Inspection of source distributions")
struct SdistInspectionTests {
    @Test("A sound source distribution gives its metadata")
    func sound() throws {
        let found = try inspect(sdist(), "demo_pkg-1.0.tar.gz")
        #expect(found.coreMetadata.version == demoVersion)
        #expect(found.filename.fileType == .sdist)
        // Older setuptools named the directory as the author spells the project.
        #expect(sdistRefusal(sdist(top: "Demo.Pkg-1.0")) == nil)
    }

    @Test("A file of the other format, or of none, is refused whatever its name says")
    func otherFormat() {
        let zip = ZipBuilder([.init("demo_pkg-1.0/PKG-INFO", [1])]).bytes()
        #expect(sdistRefusal(zip) == invalid + "File is not a tarfile")
        #expect(refusal(zip, "demo_pkg-1.0.zip") == invalid + "File is not a tarfile")
        #expect(refusal(sdist(), WheelFixture().filename) == invalid + "File is not a zipfile")
        #expect(sdistRefusal([]) == invalid + "File is not a tarfile")
        #expect(refusal([], WheelFixture().filename) == invalid + "File is not a zipfile")
    }

    @Test("A file that is both ZIP and tar is refused either way")
    func polyglot() {
        let both = sdist() + ZipBuilder([.init("a", [1])]).bytes()
        #expect(sdistRefusal(both) == invalid + "File is both a zip and a tar file")
        #expect(throws: UploadRefusal(message: invalid + "File is both a zip and a tar file")) {
            try inspect(both, WheelFixture().filename)
        }
        // The ZIP archive as a member of a plain tar archive, whose header is its first bytes.
        var builder = TarBuilder()
        builder.add("d/a", [1])
        #expect(throws: UploadRefusal(message: invalid + "File is both a zip and a tar file")) {
            try inspect(
                builder.bytes() + ZipBuilder([.init("a", [1])]).bytes(), WheelFixture().filename)
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

import Testing

@testable import Packaging

@Suite("Filenames of distributions")
struct FilenameTests {
    @Test("of wheels are read as in packaging")
    func wheels() throws {
        for vector in try PackagingVectors.load("filenames", as: PackagingVectors.Filenames.self).wheels {
            let wheel = try? WheelFilename(vector.text)
            #expect(wheel?.project.normalized == vector.project, "\(PythonText.repr(vector.text))")
            #expect(wheel?.version.description == vector.version)
            #expect(wheel?.build.map { "\($0.number)|\($0.suffix)" } == vector.build)
            #expect(wheel?.tags.map { "\($0.python)-\($0.abi)-\($0.platform)" }.sorted() == vector.tags)
        }
    }

    @Test("of source distributions are read as in packaging")
    func sdists() throws {
        for vector in try PackagingVectors.load("filenames", as: PackagingVectors.Filenames.self).sdists {
            let sdist = try? SdistFilename(vector.text)
            #expect(sdist?.project.normalized == vector.project, "\(PythonText.repr(vector.text))")
            #expect(sdist?.version.description == vector.version)
        }
    }

    @Test(
        "say what is wrong",
        arguments: [
            ("foo-1.0-py3-none-any.WHL", PackagingError.unknownDistribution("foo-1.0-py3-none-any.WHL")),
            ("foo-1.0-py3.whl", .invalidWheelFilename("foo-1.0-py3.whl", .wrongNumberOfParts)),
            ("f__o-1-py3-none-any.whl", .invalidWheelFilename("f__o-1-py3-none-any.whl", .invalidProject)),
            ("foo-x-py3-none-any.whl", .invalidWheelFilename("foo-x-py3-none-any.whl", .invalidVersion)),
            ("foo-1-b-py3-none-any.whl", .invalidWheelFilename("foo-1-b-py3-none-any.whl", .invalidBuild("b"))),
            ("foo-1-py3-none-an y.whl", .invalidWheelFilename("foo-1-py3-none-an y.whl", .invalidTag("an y"))),
            ("foo.tar.gz", .invalidSdistFilename("foo.tar.gz", .noVersion)),
            ("_-1.zip", .invalidSdistFilename("_-1.zip", .invalidProject)),
            ("foo-x.zip", .invalidSdistFilename("foo-x.zip", .invalidVersion)),
        ])
    func refusal(text: String, error: PackagingError) {
        #expect(throws: error) { try DistributionFilename(text) }
    }

    @Test("of legacy zip archives are marked")
    func legacyZip() throws {
        #expect(try SdistFilename("foo-1.0.zip").isLegacyZip)
        #expect(try !SdistFilename("foo-1.0.tar.gz").isLegacyZip)
    }

    @Test("expected of a release follow PEP 625")
    func expected() throws {
        #expect(
            try SdistFilename.expected(project: ProjectName("Foo.Bar"), version: Version("1.0-1"))
                == "foo_bar-1.0.post1.tar.gz")
    }

    @Test("give the directory of a wheel's metadata as they spell it")
    func metadataDirectory() throws {
        #expect(try WheelFilename("Foo_Bar-1.0-py3-none-any.whl").metadataDirectory == "Foo_Bar-1.0.dist-info")
    }

    @Test(
        "name platforms the Python index accepts",
        arguments: [
            "any", "win32", "win_amd64", "win_arm64", "win_ia64", "manylinux1_x86_64", "manylinux2014_s390x",
            "manylinux_2_17_x86_64", "manylinux_2_31_riscv64", "manylinux_2_17_ppc64", "musllinux_1_2_aarch64",
            "linux_armv6l", "linux_armv7l", "macosx_10_9_universal2", "macosx_11_0_arm64", "macosx_26_0_arm64",
            "ios_13_0_arm64_iphoneos", "ios_13_0_x86_64_iphonesimulator", "android_21_arm64_v8a",
            "pyemscripten_2025_0_wasm32",
        ])
    func supportedPlatform(tag: String) throws {
        #expect(try WheelFilename("a-1-py3-none-\(tag).whl").unsupportedPlatformTags == [])
    }

    @Test(
        "name platforms the Python index refuses",
        arguments: [
            "linux_x86_64", "linux_aarch64", "win64", "manylinux2014_riscv64", "manylinux_2_17_sparc",
            "musllinux_1_2_ppc64", "macosx_12_3_arm64", "macosx_16_0_arm64", "macosx_10_9_z80", "freebsd_13_amd64",
            "ios_13_0_arm64_watch", "android_21_mips", "emscripten_3_1_58_wasm32", "manylinux_2_x86_64", "macosx_11_arm64",
        ])
    func unsupportedPlatform(tag: String) throws {
        #expect(try WheelFilename("a-1-py3-none-any.\(tag).whl").unsupportedPlatformTags == [tag])
    }

    @Test("name plain Linux platforms, which private indexes may accept")
    func plainLinux() throws {
        let tags = try WheelFilename("a-1-py3-none-linux_x86_64.linux_mips_weird.plan9.whl").unsupportedPlatformTags

        #expect(tags.map(PlatformTag.isPlainLinux) == [true, true, false])
    }
}

import Foundation
import Testing

@testable import Packaging

@Suite("Archives by Python's own writers")
struct RealWriterTests {
    /// A directory of its own, removed afterwards.
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "writers-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    @Test("zipfile's wheels pass: deflated or stored, with directories, with ZIP64 sizes, opened as streams")
    func zipfile() throws {
        let script = """
            import zipfile, hashlib, base64, sys
            def build(path, method, stream):
                with zipfile.ZipFile(path, "w", method) as z:
                    record = ""
                    if not stream: z.mkdir("demo_pkg") if hasattr(z, "mkdir") else None
                    for name, data in [("demo_pkg/\\u00e9.py", b"x = 1\\n" * 999), ("demo_pkg/e.py", b""),
                            ("demo_pkg-1.0.dist-info/METADATA",
                             b"Metadata-Version: 2.1\\nName: demo-pkg\\nVersion: 1.0\\n"),
                            ("demo_pkg-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\\n")]:
                        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                        record += f"{name},sha256={digest},{len(data)}\\n"
                        if stream:
                            with z.open(name, "w", force_zip64=True) as f: f.write(data)
                        else: z.writestr(name, data)
                    z.writestr("demo_pkg-1.0.dist-info/RECORD", record + "demo_pkg-1.0.dist-info/RECORD,,\\n")
            d = sys.stdin.read()
            for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                for stream in (False, True): build(f"{d}/{method}-{stream}", method, stream)
            """
        try withDirectory { directory in
            _ = try run(script, Array(directory.utf8))
            for name in ["0-False", "0-True", "8-False", "8-True"] {
                let found = try inspect(
                    try bytes("\(directory)/\(name)"), "demo_pkg-1.0-py3-none-any.whl")
                #expect(found.coreMetadata.version == demoVersion)
            }
        }
    }

    @Test("zipfile's archives written to a pipe have data descriptors and are refused, as the index does")
    func zipfileStreaming() throws {
        let script = """
            import zipfile, sys
            class Pipe:
                def __init__(self, f): self.f = f
                def write(self, b): return self.f.write(b)
                def flush(self): self.f.flush()
            with open(sys.stdin.read() + "/piped", "wb") as f, zipfile.ZipFile(Pipe(f), "w") as z:
                z.writestr("demo_pkg-1.0.dist-info/WHEEL", "x")
            """
        try withDirectory { directory in
            _ = try run(script, Array(directory.utf8))
            #expect(verdict(try bytes("\(directory)/piped")) == "ZIP contains a data descriptor")
        }
    }

    @Test("tarfile's source distributions pass in every format")
    func tarfile() throws {
        let script = """
            import tarfile, io, sys
            d = sys.stdin.read()
            for name, format in (("pax", tarfile.PAX_FORMAT), ("gnu", tarfile.GNU_FORMAT),
                                 ("ustar", tarfile.USTAR_FORMAT)):
                with tarfile.open(f"{d}/{name}", "w:gz", format=format) as t:
                    top = tarfile.TarInfo("demo_pkg-1.0"); top.type = tarfile.DIRTYPE; top.mtime = 1.5
                    t.addfile(top)
                    for path, data in (("PKG-INFO", b"Metadata-Version: 2.1\\nName: demo-pkg\\nVersion: 1.0\\n"),
                                       ("s/" * 40 + "n" * 90, b"x" * 70000), ("\\u00e9", b"")):
                        info = tarfile.TarInfo("demo_pkg-1.0/" + path); info.size = len(data); info.mtime = 1.25
                        t.addfile(info, io.BytesIO(data))
                    link = tarfile.TarInfo("demo_pkg-1.0/link"); link.type = tarfile.SYMTYPE
                    link.linkname = "PKG-INFO"
                    t.addfile(link)
            """
        try withDirectory { directory in
            _ = try run(script, Array(directory.utf8))
            for format in ["pax", "gnu", "ustar"] {
                let found = try inspect(try bytes("\(directory)/\(format)"), "demo_pkg-1.0.tar.gz")
                #expect(found.coreMetadata.name == demo)
            }
        }
    }
}

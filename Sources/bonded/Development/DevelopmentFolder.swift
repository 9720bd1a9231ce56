import Foundation

/// The folder in which `bonded develop` keeps everything, and where in it what lies.
struct DevelopmentFolder: Sendable {
    let path: String

    var cluster: String { "\(path)/postgres" }
    var blobs: String { "\(path)/blobs" }
    var ceremony: String { "\(path)/development-keys" }
    var onlinePassphrase: String { "\(path)/development-keys.passphrase" }
    var onlineKeys: String { "\(path)/online-keys" }
    var settings: String { "\(path)/bonded.yaml" }
    var quickstart: String { "\(path)/quickstart.env" }
    var trustedRoot: String { "\(ceremony)/metadata/1.root.json" }
    var processes: String { "\(path)/run" }

    /// Makes the folder where it does not exist, for its owner alone.
    init(path: String) throws {
        self.path = URL(fileURLWithPath: path).standardizedFileURL.path
        for folder in [self.path, processes] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
    }

    /// Takes the folder for this process, for as long as it holds what is returned.
    ///
    /// - Throws: ``Refusal`` where another process has it.
    func lock() throws -> FileHandle {
        let file = "\(processes)/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file])
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Refusal(
                "another `bonded develop` runs on \(path); stop it, or name another --data-dir")
        }
        return handle
    }

    /// Replaces a private file (mode 0600) as a whole.
    func write(_ text: String, to file: String) throws {
        let unfinished = "\(file).new"
        try? FileManager.default.removeItem(atPath: unfinished)
        guard
            FileManager.default.createFile(
                atPath: unfinished, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600]),
            rename(unfinished, file) == 0
        else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: file])
        }
    }
}

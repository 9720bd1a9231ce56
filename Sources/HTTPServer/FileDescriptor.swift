import Glibc
import HTTPMessage

/// A file descriptor that is closed when nobody holds it any more.
final class FileDescriptor: OpenFile {
    let descriptor: Int32

    /// - Parameter descriptor: open; ownership passes.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}

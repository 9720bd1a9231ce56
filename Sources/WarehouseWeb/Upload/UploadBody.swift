import Blobs
import HTTPMessage
import HTTPServer
import Packaging

/// The multipart form of `POST /legacy/` as it arrives: text fields in memory, the file on disk.
struct UploadBody {
    /// Text fields, names and framing together; a description of a megabyte or two is real.
    static let maxFormBytes = 8 << 20

    private(set) var fields: [(name: String, value: String)] = []
    /// The file part; nil until it comes.
    private(set) var file: FilePart?

    struct FilePart {
        let filename: String
        let contentType: String?
        let writer: BlobWriter
    }

    private var decoder: MultipartDecoder
    private var part: (name: String, bytes: [UInt8])?
    private var formBytes = 0

    private init(decoder: MultipartDecoder) {
        self.decoder = decoder
    }

    /// Reads a whole body.
    ///
    /// - Throws: `RequestError`, ``UploadRefusal``, `BlobError`. The file part written so far is discarded.
    static func read(_ request: Request, into blobs: BlobStore, on pool: BlockingPool) async throws
        -> UploadBody
    {
        var body = UploadBody(
            decoder: try MultipartDecoder(contentType: request.head.headers["Content-Type"]))
        do {
            while let chunk = try await request.body.next() {
                for event in try body.decoder.feed(chunk) { try await body.take(event, blobs, pool) }
            }
            try body.decoder.finish()
        } catch {
            body.discardFile()
            throw error
        }
        return body
    }

    func discardFile() { file?.writer.discard() }

    private mutating func take(
        _ event: MultipartDecoder.Event, _ blobs: BlobStore, _ pool: BlockingPool
    ) async throws {
        switch event {
        case .partBegin(let header):
            if header.name == "content" {
                guard file == nil else {
                    throw UploadRefusal(message: "Upload payload has more than one file.")
                }
                let writer = try await pool.run { try blobs.makeUpload() }
                file = FilePart(
                    filename: header.filename ?? "", contentType: header.contentType, writer: writer)
                part = nil
            } else {
                part = (header.name, [])
            }
        case .data(let bytes):
            if part != nil {
                formBytes += bytes.count
                guard formBytes <= Self.maxFormBytes else {
                    throw RequestError.bodyTooLarge(limit: Self.maxFormBytes)
                }
                part?.bytes += bytes
            } else if let writer = file?.writer {
                try await pool.run { try writer.append(bytes) }
            }
        case .partEnd:
            if let part {
                guard let value = String(validating: part.bytes, as: UTF8.self) else {
                    throw UploadRefusal.notText(field: part.name)
                }
                fields.append((part.name, value))
            }
            part = nil
        case .end:
            break
        }
    }
}

/// One step of the schema, as its file has it.
package struct Migration: Hashable, Sendable {
    /// ≥ 1.
    package let version: Int
    /// The file's name, `NNNN_name.sql`.
    package let name: String
    /// SHA-256 of the file.
    package let checksum: [UInt8]
    let script: String
}

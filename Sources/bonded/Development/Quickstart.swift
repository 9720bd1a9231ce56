import Foundation

/// `quickstart.env`: every address and token of a development index, as shell variables.
struct Quickstart {
    let address: ListenAddress
    let trustedRoot: String
    let uploadToken: String
    let adminToken: String

    var text: String {
        let base = "http://\(address.authority)"
        let root = "'\(trustedRoot.replacingOccurrences(of: "'", with: "'\\''"))'"
        return """
            INDEX_URL=\(base)/simple/
            UPLOAD_URL=\(base)/legacy/
            UPLOAD_TOKEN=\(uploadToken)
            ADMIN_URL=\(base)/admin/v1/
            ADMIN_TOKEN=\(adminToken)
            TUF_METADATA_URL=\(base)/tuf/metadata/
            TUF_TARGETS_URL=\(base)/tuf/targets/
            TRUSTED_ROOT=\(root)
            SEAL_INDEX=\(base)/
            SEAL_ROOT=\(root)
            SEAL_TOKEN=\(uploadToken)

            """
    }

    /// A variable of an earlier `quickstart.env`, if there is one.
    static func value(of name: String, in file: String) -> String? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name)=") }
        return line.map { String($0.dropFirst(name.count + 1)) }
    }
}

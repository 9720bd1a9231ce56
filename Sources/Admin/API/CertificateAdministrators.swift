import HTTPMessage
package import HTTPServer

/// Administrators by their client certificates, which a proxy in front has verified and whose subjects it passes on.
package struct CertificateAdministrators: Sendable {
    private let proxies: Set<String>
    private let header: String
    private let accounts: [String: String]

    /// - Parameters:
    ///   - proxies: whom to believe; with none no certificate counts.
    ///   - header: the field that holds the subject.
    ///   - accounts: each subject's account, subjects exactly as the proxies write them.
    package init(proxies: [PeerAddress], header: String, accounts: [String: String]) {
        self.proxies = Set(proxies.map(\.text))
        self.header = header
        self.accounts = accounts
    }

    /// - Returns: nil where the request says nothing that counts: it is from somebody else than a proxy, its subject is
    ///   nobody's or not one, or a browser sends it for some page, since browsers add certificates unasked.
    func account(of request: Request) -> String? {
        guard proxies.contains(request.peer), !request.head.headers.contains("Origin") else { return nil }
        let subjects = request.head.headers.values(header)
        guard subjects.count == 1, let subject = subjects.first else { return nil }
        return accounts[subject]
    }
}

import HTTPMessage
import Synchronization
import Warehouse

/// The content types of the simple repository API, by content negotiation or `?format=` (simple repository API,
/// "Version + Format Selection").
enum Representation: String, CaseIterable, Hashable, Sendable {
    case plainHTML = "text/html"
    case html = "application/vnd.pypi.simple.v1+html"
    case json = "application/vnd.pypi.simple.v1+json"

    /// What `latest` stands for; it is answered with the version's own type.
    private static let aliases: [String: Representation] = [
        "application/vnd.pypi.simple.latest+html": .html,
        "application/vnd.pypi.simple.latest+json": .json,
    ]

    /// HTML where nothing acceptable is offered, as Warehouse does; ties in the order above.
    init(negotiatedWith head: RequestHead) {
        if head.query != nil,
            let asked = head.queryItems().first(where: { $0.name == "format" })?.value,
            let known = Self.named(asked)
        {
            self = known
            return
        }
        self = Self.negotiated.representation(for: head.headers["Accept"] ?? "*/*") { accept in
            let chosen = MediaRange.preferred(among: Self.offers, accept: accept)
            return chosen.flatMap(Self.named) ?? .plainHTML
        }
    }

    private static let offers = allCases.map(\.rawValue) + aliases.keys.sorted()
    private static let negotiated = NegotiationMemory()

    private static func named(_ type: String) -> Representation? {
        Representation(rawValue: type) ?? aliases[type]
    }

    var contentType: String {
        switch self {
        case .plainHTML: "text/html; charset=utf-8"
        case .html, .json: rawValue
        }
    }

    var pageFormat: PageFormat {
        switch self {
        case .plainHTML, .html: .html
        case .json: .json
        }
    }
}

/// What was negotiated before. Clients come with a handful of `Accept` fields, which take long to weigh anew for
/// each request.
private final class NegotiationMemory: Sendable {
    private static let capacity = 256
    private static let longest = 512
    private let known = Mutex<[String: Representation]>([:])

    func representation(for accept: String, negotiate: (String) -> Representation) -> Representation {
        guard accept.utf8.count <= Self.longest else { return negotiate(accept) }
        return known.withLock { known in
            if let representation = known[accept] { return representation }
            let representation = negotiate(accept)
            if known.count >= Self.capacity { known = [:] }
            known[accept] = representation
            return representation
        }
    }
}

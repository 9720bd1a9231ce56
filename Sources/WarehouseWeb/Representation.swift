import HTTPMessage
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
        let offers = Self.allCases.map(\.rawValue) + Self.aliases.keys.sorted()
        let chosen = MediaRange.preferred(among: offers, accept: head.headers["Accept"])
        self = chosen.flatMap(Self.named) ?? .plainHTML
    }

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

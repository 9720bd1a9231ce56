import HTTPMessage
import Packaging
import Synchronization
import Warehouse

/// The content types of the simple repository API, by content negotiation or `?format=` (simple repository API,
/// "Version + Format Selection").
typealias Representation = SimpleAPI.MediaType

extension SimpleAPI.MediaType {
    /// HTML where nothing acceptable is offered, as Warehouse does.
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

    private static let negotiated = NegotiationMemory()

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

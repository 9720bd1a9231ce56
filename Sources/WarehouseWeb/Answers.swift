import Foundation
package import HTTPMessage
import HTTPServer
import Packaging
import Warehouse

extension Response {
    /// As Warehouse answers below `/simple/`: plain text, nothing else.
    static let notFound = Response.text(Status(404), "404 Not Found")

    static let welcome = Response.text(
        .ok,
        """
        Bonded: a Python package index under TUF metadata.

        /simple/         the index, for pip and uv
        /legacy/         uploads, for twine and uv
        /tuf/metadata/   signed metadata, for TUF clients; targets at /tuf/targets/
        /security/       security bulletins
        /readyz          whether this index keeps its promises now
        """)

    package static func methodNotAllowed(allow methods: [Method]) -> Response {
        var response = text(Status(405), "405 Method Not Allowed")
        response.headers["Allow"] = methods.map(\.rawValue).joined(separator: ", ")
        return response
    }

    static let unavailable: Response = {
        var response = text(
            Status(503),
            "503 Service Unavailable\nThe index cannot reach its database or its files. Try again.")
        response.headers["Retry-After"] = "5"
        return response
    }()

    /// While the index recovers from a compromise. The reason phrase is what pip and twine show.
    static func interrupted(_ interruption: Interruption, _ head: RequestHead) -> Response {
        let place = interruption.bulletin.map { "/security/\($0)/" } ?? "/security/"
        let message = "This index recovers from a compromise: see \(place)"
        var response = refusal(Status(503, reason: message), message: message, to: head)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Link"] = "<\(place)>; rel=\"help\""
        return response
    }

    static func redirect(to location: String, _ status: Status) -> Response {
        Response(
            status,
            headers: [
                "Location": location, "Content-Type": "text/plain; charset=utf-8",
                "Access-Control-Allow-Origin": "*",
            ], body: .bytes(Array("\(status.code) \(status.reason)\n".utf8)))
    }

    /// A refusal in the form its client shows: twine prints the reason phrase and the body, uv the JSON `code`.
    static func refusal(_ status: Status, message: String, to head: RequestHead) -> Response {
        let code = "\(status.code) \(message)"
        let offers = ["text/html", "application/json", "text/plain"]
        let headers: Headers
        let body: [UInt8]
        switch MediaRange.preferred(among: offers, accept: head.headers["Accept"]) {
        case "application/json":
            let title = Status(status.code).reason
            let object = ["message": message, "code": code, "title": title]
            headers = ["Content-Type": "application/json"]
            body = (try? JSONEncoder().encode(object)).map { [UInt8]($0) } ?? []
        case "text/plain":
            return text(status, "\(code)\n\n\(message)")
        default:
            let escaped = HTMLText.escaped(message)
            headers = ["Content-Type": "text/html; charset=utf-8"]
            body = Array(
                """
                <html>
                 <head>
                  <title>\(status.code) \(escaped)</title>
                 </head>
                 <body>
                  <h1>\(status.code) \(escaped)</h1>
                  \(escaped)<br/><br/>
                 </body>
                </html>

                """.utf8)
        }
        return Response(status, headers: headers, body: .bytes(body))
    }

    static func json(_ status: Status, _ object: [String: String]) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Response(
            status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .bytes((try? encoder.encode(object)).map { [UInt8]($0) } ?? []))
    }
}

import CanonicalJSON
import HTTPMessage
import HTTPServer
import Packaging
import TUFRepository

/// One operation of `/admin/v1`: its route, its description and what it does, in one place, so that the description
/// that is served cannot say something else.
struct AdminOperation: Sendable {
    typealias Run = @Sendable (AdminCall) async throws -> Response

    let method: Method
    /// Below `/admin/v1/`; `{name}` stands for one segment.
    let path: String
    let summary: String
    /// The JSON schema of the request's body; nil where there is none.
    var body: JSONValue?
    /// Query parameters with their schemas.
    var query: [(name: String, schema: JSONValue)] = []
    /// The answer where all goes well.
    let answer: (status: Int, schema: JSONValue?)
    /// Other answers besides 401, 403 and 503, which every operation has.
    var refusals: [Int] = []
    let run: Run

    /// - Returns: the path's parameters; nil where it is another path.
    func match(_ segments: [String]) -> [String: String]? {
        let template = path.split(separator: "/")
        guard template.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(template, segments) {
            if part.hasPrefix("{") {
                parameters[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}

/// What an operation is called with.
struct AdminCall: Sendable {
    /// Whose token it came with.
    let account: String
    let parameters: [String: String]
    let query: [String: String]
    /// Null where the operation takes no body.
    let body: JSONValue

    /// The members of the body.
    ///
    /// - Throws: ``TransactionRefusal`` `.draft` for no object, or for members besides these.
    func members(allowing known: Set<String>) throws(TransactionRefusal) -> JSONObject {
        guard let object = body.object else {
            throw TransactionRefusal(.draft, "The request must be a JSON object.")
        }
        for (name, _) in object where !known.contains(name) {
            throw TransactionRefusal(.draft, value: name, "The member '\(name)' is not known.")
        }
        return object
    }

    /// - Throws: ``TransactionRefusal`` `.draft` for what is missing or no text.
    func text(_ value: JSONValue?, _ name: String) throws(TransactionRefusal) -> String {
        guard let text = value?.string else {
            throw TransactionRefusal(.draft, value: name, "The member '\(name)' must be a string.")
        }
        return text
    }

    /// - Throws: ``TransactionRefusal`` `.draft` outside the range.
    func integer(
        _ value: JSONValue?, _ name: String, in range: ClosedRange<Int>, otherwise: Int
    ) throws(TransactionRefusal) -> Int {
        guard let value else { return otherwise }
        guard let number = value.integer, range.contains(number) else {
            throw TransactionRefusal(
                .draft, value: name,
                "'\(name)' must be an integer from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Empty where the member is missing.
    func strings(_ value: JSONValue?, _ name: String) throws(TransactionRefusal) -> [String] {
        guard let value else { return [] }
        let elements = value.array?.map(\.string)
        guard let elements,
            let strings = elements.allSatisfy({ $0 != nil }) ? elements.compactMap(\.self) : nil
        else {
            throw TransactionRefusal(.draft, value: name, "'\(name)' must be a list of strings.")
        }
        return strings
    }

    /// Normalized names of projects; empty where the member is missing.
    ///
    /// - Throws: ``TransactionRefusal`` `.notFound` for what is no name.
    func projects(_ value: JSONValue?, _ name: String) throws(TransactionRefusal) -> [String] {
        var projects: [String] = []
        for text in try strings(value, name) {
            guard let project = try? ProjectName(text) else {
                throw TransactionRefusal(.notFound, value: name, "There is no such project.")
            }
            projects.append(project.normalized)
        }
        return projects
    }
}

import CanonicalJSON
import HTTPMessage

/// The description of `/admin/v1`, made from its operations (OpenAPI 3.1).
enum OpenAPI {
    static func document(_ operations: [AdminOperation]) -> JSONValue {
        var paths: [String: JSONObject] = [:]
        for operation in operations {
            paths["/admin/v1/\(operation.path)", default: [:]][operation.method.rawValue.lowercased()] =
                describe(operation)
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": "Bonded administration", "version": "1"],
            "security": [["token": []]],
            "paths": .object(JSONObject(paths.map { ($0.key, .object($0.value)) })),
            "components": [
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
                "schemas": ["Problem": problem],
            ],
        ]
    }

    private static func describe(_ operation: AdminOperation) -> JSONValue {
        var object: JSONObject = ["summary": .string(operation.summary)]
        let inPath = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { part in
            JSONValue.object([
                "name": .string(String(part.dropFirst().dropLast())), "in": "path", "required": true,
                "schema": pathParameters[String(part.dropFirst().dropLast())] ?? text,
            ])
        }
        let inQuery = operation.query.map { name, schema in
            JSONValue.object(["name": .string(name), "in": "query", "schema": schema])
        }
        object["parameters"] = .array(inPath + inQuery)
        if let body = operation.body {
            object["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": body]],
            ]
        }
        var responses: JSONObject = [:]
        var answer: JSONObject = ["description": "Done."]
        if let schema = operation.answer.schema {
            answer["content"] = ["application/json": ["schema": schema]]
        }
        responses["\(operation.answer.status)"] = .object(answer)
        for status in Set([401, 403, 503] + operation.refusals).sorted() {
            responses["\(status)"] = [
                "description": .string(Status(status).reason),
                "content": [
                    "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
                ],
            ]
        }
        object["responses"] = .object(responses)
        return .object(object)
    }

    /// By their names in the operations' paths.
    private static let pathParameters: [String: JSONValue] = [
        "keyid": keyID, "role": ["type": "string", "pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,229}$"],
        "version": ["type": "integer", "minimum": 1],
        "bulletin": ["type": "integer", "minimum": 1],
        "token": ["type": "string", "pattern": "^[0-9a-f]{16}$"],
    ]

    /// RFC 9457.
    private static let problem: JSONValue = [
        "type": "object", "required": ["type", "title", "status", "detail"],
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
            "detail": ["type": "string"], "check": ["type": "string"], "role": ["type": "string"],
            "value": ["type": "string"],
        ],
    ]

    static let text: JSONValue = ["type": "string"]
    static let count: JSONValue = ["type": "integer", "minimum": 0]
    static let accountName: JSONValue = ["type": "string", "pattern": "^[a-z0-9._-]{1,64}$"]
    static let scope: JSONValue = ["type": "string", "enum": ["upload", "admin"]]
    static let timeOrNull: JSONValue = ["type": ["string", "null"], "format": "date-time"]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    static let keyID: JSONValue = ["type": "string", "pattern": "^[0-9a-f]{64}$"]

    static func list(of schema: JSONValue) -> JSONValue { ["type": "array", "items": schema] }

    static func byRole(_ schema: JSONValue) -> JSONValue {
        [
            "type": "object", "additionalProperties": schema,
            "propertyNames": ["pattern": "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,229}$"],
        ]
    }

    /// An object with all of these members and no other.
    static func record(_ members: [(String, JSONValue)]) -> JSONValue {
        object(members, required: members.map(\.0))
    }

    /// A record of one list.
    static func listing(_ name: String, of element: JSONValue) -> JSONValue {
        record([(name, list(of: element))])
    }

    /// An object with these members and no other.
    static func object(_ members: [(String, JSONValue)], required: [String] = []) -> JSONValue {
        [
            "type": "object", "additionalProperties": false, "properties": .object(JSONObject(members)),
            "required": .array(required.map { .string($0) }),
        ]
    }
}

import Foundation
import Testing

/// What the `packaging` library makes of many texts; `Vectors/generate.py` writes them.
struct PackagingVectors {
    struct Name: Decodable {
        let text: String
        let normalized: String?
    }

    struct Versions: Decodable {
        struct Case: Decodable {
            let text: String
            let normal: String?
            let canonical: String?
            let pre: Bool?
            let post: Bool?
            let dev: Bool?
            let local: String?
        }

        let cases: [Case]
        let order: [[String]]
    }

    struct Specifiers: Decodable {
        let text: String
        let normal: String?
        /// For each version: whether it is contained, and whether it is if pre-releases are not.
        let contains: [String: [Bool]]?
    }

    /// A requirement or marker.
    struct Expression: Decodable {
        let text: String
        let normal: String?
    }

    struct Filenames: Decodable {
        struct Wheel: Decodable {
            let text: String
            let project: String?
            let version: String?
            let build: String?
            let tags: [String]?
        }

        struct Sdist: Decodable {
            let text: String
            let project: String?
            let version: String?
        }

        let wheels: [Wheel]
        let sdists: [Sdist]
    }

    static func load<Vectors: Decodable>(_ name: String, as type: Vectors.Type = Vectors.self) throws -> Vectors {
        let file = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Vectors"))
        return try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }
}

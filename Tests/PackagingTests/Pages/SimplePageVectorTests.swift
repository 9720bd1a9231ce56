import Foundation
import Testing

@testable import Packaging

/// What others read on pages; `Vectors/generate_pages.py` writes it.
private struct PageVector: Decodable {
    struct File: Decodable {
        let filename: String
        /// Absolute, without query and fragment, percent-decoded.
        let url: String
        let hashes: [String: String]
        let requires: String?
        /// The reason; empty where there is none.
        let yanked: String?
        let metadata: [String: String]?
        let time: String?
    }

    let source: String?
    let html: String?
    let json: String?
    let files: [File]
}

private struct TagVector: Decodable {
    struct Tag: Decodable, Equatable {
        let name: String
        let attributes: [String: String]

        init(name: String, attributes: [String: String]) {
            self.name = name
            self.attributes = attributes
        }

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            name = try values.decode(String.self)
            attributes = try values.decode([String: String].self)
        }
    }

    let html: String
    let tags: [Tag]
}

@Suite("Project pages as others read them")
struct SimplePageVectorTests {
    private static let pageURL = "https://index.example/simple/demo/"

    @Test("pip finds the same files, and the same of each")
    func pip() throws {
        let vectors = try PackagingVectors.load("pages", as: [PageVector].self)
        #expect(vectors.count > 300)
        #expect(vectors.compactMap(\.source) == ["pypiserver", "dumb-pypi", "http.server"])
        for vector in vectors {
            let page = try vector.html.map { try readHTML($0) } ?? readJSON(try #require(vector.json))
            let text = Comment(rawValue: vector.html ?? vector.json ?? "")
            try #require(page.files.map(\.filename) == vector.files.map(\.filename), text)
            for (file, expected) in zip(page.files, vector.files) {
                try compare(file, expected, on: page, text)
            }
        }
    }

    private func compare(
        _ file: SimplePage.File, _ expected: PageVector.File, on page: SimplePage, _ text: Comment
    ) throws {
        let url = try #require(page.url(of: file, at: Self.pageURL), text)
        let end = url.firstIndex { $0 == "?" || $0 == "#" } ?? url.endIndex
        #expect(url[..<end].removingPercentEncoding == expected.url, text)
        #expect(file.hashes == expected.hashes, text)
        #expect(file.requiresPython == expected.requires, text)
        switch file.yanked {
        case .no: #expect(expected.yanked == nil, text)
        case .yes(let reason): #expect(reason ?? "" == expected.yanked, text)
        }
        switch file.coreMetadata {
        case .absent: #expect(expected.metadata == nil, text)
        case .present(let hashes): #expect(hashes == expected.metadata, text)
        }
        #expect(file.uploadTime == expected.time, text)
    }

    @Test("the HTML Standard's tokenizer finds the same tags in broken markup")
    func standard() throws {
        let vectors = try PackagingVectors.load("tags", as: [TagVector].self)
        #expect(vectors.count > 1_000)
        for vector in vectors {
            var reader = HTMLTagReader(Array(vector.html.utf8), maxTextBytes: 4_096)
            var tags: [TagVector.Tag] = []
            while let tag = try reader.next() {
                tags.append(.init(name: tag.name, attributes: tag.attributes))
            }
            #expect(tags == vector.tags, Comment(rawValue: vector.html))
        }
    }
}

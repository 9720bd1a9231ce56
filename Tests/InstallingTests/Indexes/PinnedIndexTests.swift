import ClientTestSupport
import Foundation
import Installing
import Packaging
import Testing

@Suite("A pinned index")
struct PinnedIndexTests {
    @Test(
        "an address loses its user information and gets its last slash",
        arguments: [
            ("https://index.example/simple/", "https://index.example/simple/", nil),
            ("HTTPS://index.example/simple", "https://index.example/simple/", nil),
            ("http://index.example:8080", "http://index.example:8080/", nil),
            ("https://user:pass@index.example/simple/", "https://index.example/simple/", "user:pass"),
            ("https://token@index.example/simple/", "https://index.example/simple/", "token:"),
            ("https://u%40x:p%2Fw@index.example/a", "https://index.example/a/", "u@x:p/w"),
            ("http://[::1]:99/simple/", "http://[::1]:99/simple/", nil),
        ] as [(String, String, String?)])
    func addresses(text: String, address: String, credentials: String?) throws {
        let index = try PinnedIndex(address: text)
        #expect(index.address.absoluteString == address)
        #expect(index.credentials == credentials)
    }

    @Test(
        "nothing else is one",
        arguments: [
            "", "index.example/simple/", "ftp://index.example/", "file:///simple/", "https:///simple/",
            "https://",
            "https://index.example/simple/?q=1", "https://index.example/simple/#x", "http://a b/",
        ])
    func unusable(text: String) {
        expectRefusal(.unusableAddress(text)) { try PinnedIndex(address: text) }
    }

    @Test(
        "metadata and targets are beside the simple API",
        arguments: [
            ("https://index.example/simple/", "https://index.example/"),
            ("https://index.example/a/b/simple/", "https://index.example/a/b/"),
        ])
    func beside(address: String, base: String) throws {
        let index = try PinnedIndex(address: address)
        #expect(index.metadata.absoluteString == base + "tuf/metadata/")
        #expect(index.targets.absoluteString == base + "tuf/targets/")
        #expect(index.page(of: try ProjectName("Demo.Pkg")).absoluteString == address + "demo-pkg/")
    }

    @Test(
        "whoever is to ask the index itself gets the address with its credentials",
        arguments: [
            "https://user:pass@index.example/simple/", "https://u%40x:p%2Fw@index.example/simple/",
            "https://index.example/simple/",
        ])
    func withCredentials(text: String) throws {
        let index = try PinnedIndex(address: text)
        let again = try PinnedIndex(address: index.addressWithCredentials)
        #expect(again == index)
    }

    @Test("credentials make no other index: its folder is that of the address")
    func id() throws {
        let plain = try PinnedIndex(address: "https://index.example/simple/")
        #expect(try PinnedIndex(address: "https://u:p@index.example/simple").id == plain.id)
        #expect(try PinnedIndex(address: "https://index.example/other/").id != plain.id)
        #expect(plain.id.utf8.count == 16)
    }
}

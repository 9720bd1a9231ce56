@testable import Packaging

/// Renders a page anew in both forms. Read again, either must say the same.
func checkRendering(of page: SimplePage) {
    guard let project = try? ProjectName("demo") else { return }
    let link = { (file: SimplePage.File) in "../f/" + percentEncodedPath(file.filename) }
    // What is escaped is longer than it was.
    let limits = SimplePage.Limits(maxTextBytes: 1 << 20)
    let html = page.html(for: project, link: link)
    let json = page.json(for: project, link: link)
    guard let fromHTML = try? SimplePage(html: html, limits: limits),
        let fromJSON = try? SimplePage(json: json, limits: limits)
    else { preconditionFailure("a rendered page cannot be read") }
    precondition(fromHTML.status == page.status && fromJSON.status == page.status, "another status")
    precondition(fromJSON.versions == page.versions, "other versions")
    precondition(
        fromHTML.files.count == page.files.count && fromJSON.files.count == page.files.count, "other files")
    for ((file, html), json) in zip(zip(page.files, fromHTML.files), fromJSON.files) {
        for again in [html, json] {
            precondition(again.filename == file.filename && again.yanked == file.yanked, "another file")
            precondition(again.requiresPython == file.requiresPython, "another requirement")
        }
        precondition(json.hashes == file.hashes && json.coreMetadata == file.coreMetadata, "other hashes")
        precondition(json.size == file.size && json.uploadTime == file.uploadTime, "another size or time")
        precondition(html.hashes.allSatisfy { file.hashes[$0.key] == $0.value }, "other hashes in HTML")
        precondition(
            (html.coreMetadata == .absent) == (file.coreMetadata == .absent), "other metadata in HTML")
        checkURL(page.url(of: file, at: "https://user:secret@index.example/simple/demo/"))
    }
}

/// A resolved link must be a plain URL that resolves to itself.
private func checkURL(_ url: String?) {
    guard let url else { return }
    precondition(url.hasPrefix("https://") || url.hasPrefix("http://"), "another scheme")
    precondition(url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }, "no URL")
    precondition(URLReference.resolve(url, against: "http://other.example/x") == url, "resolves to another")
    let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
    precondition(!authority.isEmpty && !authority.contains("@"), "user information")
}

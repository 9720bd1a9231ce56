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
    else { fatalError("a rendered page cannot be read") }
    must(fromHTML.status == page.status && fromJSON.status == page.status, otherwise: "another status")
    must(fromJSON.versions == page.versions, otherwise: "other versions")
    must(
        fromHTML.files.count == page.files.count && fromJSON.files.count == page.files.count,
        otherwise: "other files")
    for ((file, html), json) in zip(zip(page.files, fromHTML.files), fromJSON.files) {
        for again in [html, json] {
            must(again.filename == file.filename && again.yanked == file.yanked, otherwise: "another file")
            must(again.requiresPython == file.requiresPython, otherwise: "another requirement")
        }
        must(json.hashes == file.hashes && json.coreMetadata == file.coreMetadata, otherwise: "other hashes")
        must(json.size == file.size && json.uploadTime == file.uploadTime, otherwise: "another size or time")
        must(html.hashes.allSatisfy { file.hashes[$0.key] == $0.value }, otherwise: "other hashes in HTML")
        must(
            (html.coreMetadata == .absent) == (file.coreMetadata == .absent),
            otherwise: "other metadata in HTML")
        checkURL(page.url(of: file, at: "https://user:secret@index.example/simple/demo/"))
    }
}

/// A resolved link must be a plain URL that resolves to itself.
private func checkURL(_ url: String?) {
    guard let url else { return }
    must(url.hasPrefix("https://") || url.hasPrefix("http://"), otherwise: "another scheme")
    must(url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }, otherwise: "no URL")
    must(
        URLReference.resolve(url, against: "http://other.example/x") == url, otherwise: "resolves to another")
    let authority = url.drop { $0 != "/" }.dropFirst(2).prefix { !"/?#".contains($0) }
    must(!authority.isEmpty && !authority.contains("@"), otherwise: "user information")
}

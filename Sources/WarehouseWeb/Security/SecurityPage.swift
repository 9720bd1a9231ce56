import Crypto
import Foundation
import HTTPMessage
import TUF
import Warehouse

/// Bulletins for people with a browser: no script, nothing from elsewhere.
enum SecurityPage {
    /// All of them, in the order given.
    static func all(_ bulletins: [Bulletin]) -> [UInt8] {
        let list =
            bulletins.isEmpty
            ? "    <p>There are none.</p>\n" : bulletins.map { article($0, isAlone: false) }.joined()
        return page(title: "Security bulletins", "    <h1>Security bulletins</h1>\n" + list)
    }

    static func one(_ bulletin: Bulletin) -> [UInt8] {
        page(
            title: BulletinText.escaped(bulletin.title),
            "    <p><a href=\"/security/\">Security bulletins</a></p>\n" + article(bulletin, isAlone: true))
    }

    /// No script, no resource, no frame; the one style sheet is named by its hash.
    static let headers: Headers = [
        "Content-Security-Policy":
            "default-src 'none'; style-src 'sha256-\(styleHash)'; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache",
    ]

    private static func page(title: String, _ content: String) -> [UInt8] {
        Array(
            """
            <!DOCTYPE html>
            <html lang="en">
              <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>\(title)</title>
                <link rel="alternate" type="application/atom+xml" title="Security bulletins" href="/security/atom.xml">
                <style>\(style)</style>
              </head>
              <body>
                <main>
            \(content)    </main>
                <footer><a href="/security/atom.xml">Atom feed</a></footer>
              </body>
            </html>

            """.utf8)
    }

    private static func article(_ bulletin: Bulletin, isAlone: Bool) -> String {
        let title = "<bdi>\(BulletinText.escaped(bulletin.title))</bdi>"
        let path = "/security/\(bulletin.id)/"
        let heading = isAlone ? "<h1>\(title)</h1>" : "<h2><a href=\"\(path)\">\(title)</a></h2>"
        var dates = time(bulletin.publishedAt)
        if bulletin.updatedAt != bulletin.publishedAt { dates += ", changed \(time(bulletin.updatedAt))" }
        return """
                <article id="bulletin-\(bulletin.id)">
                  \(heading)
                  <p class="dates">\(dates)</p>
                  <div class="text" dir="auto">\(BulletinText.escaped(bulletin.body))</div>
                </article>

            """
    }

    private static func time(_ time: MetadataTime) -> String {
        let text = time.description
        return "<time datetime=\"\(text)\">\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC</time>"
    }

    private static let styleHash = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()

    private static let style = """
        :root { color-scheme: light dark; --text: #1b1f24; --faint: #57606a; --line: #d8dee4; --page: #ffffff;
          --link: #0550ae; }
        @media (prefers-color-scheme: dark) {
          :root { --text: #e6edf3; --faint: #9da7b1; --line: #30363d; --page: #0d1117; --link: #79c0ff; }
        }
        body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1.25rem 3rem; background: var(--page);
          color: var(--text); font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; line-height: 1.3; }
        h2 { font-size: 1.25rem; line-height: 1.35; margin: 0; }
        a { color: var(--link); }
        article { border-top: 1px solid var(--line); padding: 1.25rem 0 0.5rem; }
        .dates, footer { color: var(--faint); font-size: 0.875rem; margin: 0.25rem 0 0.75rem; }
        .text { white-space: pre-wrap; }
        footer { border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 1.5rem; }
        """
}

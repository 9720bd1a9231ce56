import Crypto
import Foundation
import TUF
import Warehouse

/// The bulletins as an Atom feed.
///
/// Links are relative references, which RFC 4287 (§4.2.7.1) allows and readers resolve against the address that they
/// fetched: behind a proxy the index does not know the name under which users reach it, and what a request's `Host`
/// says must get into no answer that is kept for others. Identifiers are UUIDs that follow from the first root, so
/// that they stay when the index moves.
///
/// - Source: RFC 4287; RFC 9562 §5.8 (UUIDv8).
enum SecurityFeed {
    static func atom(_ board: BulletinBoard) -> [UInt8] {
        let updated = board.bulletins.map(\.updatedAt).max() ?? board.since
        return Array(
            """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom" xml:base="/security/" xml:lang="en">
              <id>\(identifier(of: "", in: board))</id>
              <title>Security bulletins</title>
              <updated>\(updated)</updated>
              <author><name>Administrators of this index</name></author>
              <link rel="self" type="application/atom+xml" href="/security/atom.xml"/>
              <link rel="alternate" type="text/html" href="/security/"/>
            \(board.bulletins.map { entry($0, in: board) }.joined())</feed>

            """.utf8)
    }

    private static func entry(_ bulletin: Bulletin, in board: BulletinBoard) -> String {
        """
          <entry>
            <id>\(identifier(of: "\(bulletin.id)", in: board))</id>
            <title type="text">\(BulletinText.escaped(bulletin.title))</title>
            <published>\(bulletin.publishedAt)</published>
            <updated>\(bulletin.updatedAt)</updated>
            <link rel="alternate" type="text/html" href="/security/\(bulletin.id)/"/>
            <content type="text">\(BulletinText.escaped(bulletin.body))</content>
          </entry>

        """
    }

    private static func identifier(of name: String, in board: BulletinBoard) -> String {
        var hash = SHA256()
        hash.update(data: board.index)
        hash.update(data: Data("/security/\(name)".utf8))
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Hex.encode(bytes)
        var parts: [Substring] = []
        var rest = hex[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return "urn:uuid:" + parts.joined(separator: "-")
    }
}

/// Why a YAML file was refused: where, which key, what is wrong with it.
package struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as the person named it, with the line where one is known.
    package let place: String
    /// The key's path, such as `http.listen`; nil where the file as a whole is meant.
    package let key: String?
    package let reason: String

    package init(place: String, key: String?, reason: String) {
        self.place = place
        self.key = key
        self.reason = reason
    }

    package var description: String {
        [place, key, reason].compactMap { $0 }.joined(separator: ": ")
    }
}

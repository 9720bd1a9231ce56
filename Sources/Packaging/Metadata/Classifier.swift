/// The form of trove classifiers.
package enum Classifier {
    /// Whether the text could be a classifier: two or more parts joined by ` :: `, without stray whitespace.
    ///
    /// Whether it is on the Python index's list is not checked: the list changes often, and a private index has
    /// no reason to refuse what is not on it yet.
    package static func isPlausible(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return false }
        let parts = text.split(separator: " :: ", omittingEmptySubsequences: false).map(String.init)
        return parts.count > 1 && parts.allSatisfy { !$0.isEmpty && PythonText.strip($0) == $0 }
    }

    /// Whether it keeps a project off the Python index, as `Private :: Do Not Upload` does.
    package static func isPrivate(_ text: String) -> Bool { text.hasPrefix("Private ::") }
}

/// What the upload form claims otherwise than the metadata in the file, one sentence per field; empty if they agree.
///
/// Compared are the fields installers rely on, by meaning, not by spelling or order. A field the form leaves out
/// claims nothing: the file's stands. A source distribution's metadata is binding only from version 2.2 on, and
/// there only in fields not marked dynamic; before, builders such as flit left most of it out, so that only name
/// and version are compared.
///
/// - Source: core metadata specification, `Dynamic` (PEP 643); pip refuses wheels that differ from their index.
package func mismatches(form: UploadForm, metadata: CoreMetadata) -> [String] {
    let claimed = form.metadata
    var sentences: [String] = []
    func compare<Value: Equatable>(
        _ field: MetadataField, _ left: Value, _ right: Value, _ shown: (Value) -> String
    ) {
        guard left != right else { return }
        sentences.append(
            "\(field.rawValue): the form says \(shown(left)), the file's metadata says \(shown(right)).")
    }
    func isBinding(_ field: MetadataField) -> Bool {
        guard !claimed.raw[field].isEmpty else { return false }
        return form.fileType == .wheel
            || metadata.metadataVersion >= "2.2" && !metadata.dynamic.contains(field.rawValue)
    }

    compare(.name, claimed.name, metadata.name) { PythonText.repr($0.display) }
    compare(.version, claimed.version, metadata.version) { PythonText.repr($0.description) }
    if isBinding(.requiresDist) {
        compare(.requiresDist, Set(claimed.requiresDist), Set(metadata.requiresDist)) {
            PythonText.repr($0.map(\.normalized).sorted())
        }
    }
    if isBinding(.requiresPython) {
        compare(.requiresPython, claimed.requiresPython, metadata.requiresPython) {
            PythonText.repr($0?.description ?? "")
        }
    }
    if isBinding(.providesExtra) {
        compare(.providesExtra, Set(claimed.providesExtra), Set(metadata.providesExtra)) {
            PythonText.repr($0.sorted())
        }
    }
    if isBinding(.summary) {
        compare(.summary, words(of: claimed.summary), words(of: metadata.summary)) {
            PythonText.repr($0.joined(separator: " "))
        }
    }
    return sentences
}

extension UploadRefusal {
    /// The form contradicts the file; nil if it does not.
    package init?(form: UploadForm, metadata: CoreMetadata) {
        let sentences = mismatches(form: form, metadata: metadata)
        guard !sentences.isEmpty else { return nil }
        self.init(
            message: "The upload form does not match the metadata in the file. "
                + sentences.joined(separator: " "))
    }
}

/// Whitespace is no difference: folded lines are unfolded in several ways.
private func words(of text: String?) -> [String] {
    (text ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
}

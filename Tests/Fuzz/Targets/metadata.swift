import CanonicalJSON
import TUF

/// Reads any bytes as JSON and as each kind of metadata. What is read must say the same after it is written.
@_cdecl("LLVMFuzzerTestOneInput")
public func readMetadata(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    if let value = try? JSONValue(parsing: bytes) {
        must((try? JSONValue(parsing: value.jsonBytes())) == value, otherwise: "another value after writing")
        let lenient = try? JSONValue(parsing: bytes, limits: JSONLimits(otherNumbers: .readAsNull))
        must(lenient == value, otherwise: "another value to the lenient reader")
    }
    read(bytes, as: Root.self)
    read(bytes, as: Timestamp.self)
    read(bytes, as: Snapshot.self)
    read(bytes, as: Targets.self)
    return 0
}

private func read<Payload: MetadataPayload>(_ bytes: [UInt8], as type: Payload.Type) {
    guard let envelope = try? Envelope<Payload>(parsing: bytes) else { return }
    let again = try? Envelope<Payload>(parsing: envelope.encoded())
    must(again == envelope, otherwise: "another document after writing")
    must(
        (try? Payload(json: envelope.payload.json)) == envelope.payload,
        otherwise: "another payload after writing")
    if let targets = envelope.payload as? Targets, let path = try? TargetPath("p/f") {
        _ = targets.delegations?.rolesCovering(path)
    }
}

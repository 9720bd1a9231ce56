import Packaging

/// Reads any bytes as a project page in JSON.
@_cdecl("LLVMFuzzerTestOneInput")
public func readJSONPage(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let page = try? SimplePage(json: Array(UnsafeBufferPointer(start: data, count: count))) {
        checkRendering(of: page)
    }
    return 0
}

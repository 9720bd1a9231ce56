import Packaging

/// Reads any bytes as a project page in HTML.
@_cdecl("LLVMFuzzerTestOneInput")
public func readHTMLPage(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let page = try? SimplePage(html: Array(UnsafeBufferPointer(start: data, count: count))) {
        checkRendering(of: page)
    }
    return 0
}

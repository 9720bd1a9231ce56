import CQREncode

/// A QR code (ISO/IEC 18004) drawn with text.
package struct QRCode {
    /// Modules from the top, a row each; true is dark.
    private let rows: [[Bool]]

    /// The blank modules that the standard wants around a code.
    private static let quietZone = 4

    /// - Parameter text: kept byte for byte; a quarter of the code may be damaged (level Q).
    /// - Returns: nil where there is no memory, or the text is longer than a code holds.
    package init?(_ text: String) {
        guard let code = QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1) else { return nil }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        let modules = UnsafeBufferPointer(start: code.pointee.data, count: width * width)
        let blank = [Bool](repeating: false, count: width + 2 * Self.quietZone)
        let margin = [Bool](repeating: false, count: Self.quietZone)
        let drawn = (0..<width).map { row in
            margin + modules[row * width..<(row + 1) * width].map { $0 & 1 == 1 } + margin
        }
        let blanks = [[Bool]](repeating: blank, count: Self.quietZone)
        rows = blanks + drawn + blanks
    }

    /// Two rows a line, dark modules as blocks: right for dark ink on light paper, the wrong way round for light text
    /// on a dark screen.
    package var lines: [String] {
        stride(from: 0, to: rows.count, by: 2).map { index in
            let upper = rows[index]
            let lower = index + 1 < rows.count ? rows[index + 1] : upper.map { _ in false }
            return String(
                zip(upper, lower).map { upper, lower in
                    switch (upper, lower) {
                    case (true, true): "█"
                    case (true, false): "▀"
                    case (false, true): "▄"
                    case (false, false): " "
                    }
                })
        }
    }

    /// The lines in black on white, whatever the colours of the terminal (ECMA-48 SGR).
    package var terminalLines: [String] { lines.map { "\u{1B}[30;107m\($0)\u{1B}[0m" } }
}

import Glibc

/// The display capabilities of standard output.
struct Terminal {
    /// Columns; `nil` for unlimited lines.
    let width: Int?
    /// Rows; `nil` if there are no pages.
    let height: Int?
    /// Whether text may have colours.
    let hasColour: Bool

    /// A file or pipe: unlimited lines without colours.
    static let file = Terminal(width: nil, height: nil, hasColour: false)

    /// The current standard output: a terminal of some size, or a file.
    static var output: Terminal {
        guard isatty(STDOUT_FILENO) == 1 else { return .file }
        var size = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 && size.ws_row > 0
        return Terminal(
            width: isKnown ? Int(size.ws_col) : 80,
            height: isKnown ? Int(size.ws_row) : 24,
            hasColour: DiagnosticPrinter.isColourWanted(on: STDOUT_FILENO)
        )
    }

    /// Wraps text in escape sequences (ECMA-48) if colours are enabled.
    func paint(_ text: String, _ colour: TextColour?) -> String {
        guard self.hasColour, let colour else { return text }
        return "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m"
    }
}

/// A text style; the raw value is the parameter of the escape sequence.
enum TextColour: String {
    case strong = "1"
    case faint = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
}

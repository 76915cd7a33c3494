extension Unicode.Scalar {
    /// The number of terminal columns of the character: 0 for combining characters, 2 for East Asian wide ones and
    /// emoji.
    var displayWidth: Int {
        // Fast path for ASCII.
        if self.value < 0x300 { return 1 }
        switch self.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        return self.isWide || self.properties.isEmojiPresentation ? 2 : 1
    }

    /// Whether the block of the character is East Asian wide or fullwidth (Unicode Standard Annex #11).
    private var isWide: Bool {
        switch self.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18DFF, 0x1B000...0x1B2FF,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }
}

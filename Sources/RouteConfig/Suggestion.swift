/// Finds what was probably meant by a misspelt word.
public enum Suggestion {
    /// Words longer than this are not compared, which bounds the work for hostile input; in bytes.
    static let maximumLength = 64

    /// The nearest of `candidates`: equal but for case, `-` and `_`, or a third of its letters away at most; `nil` if none is.
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let written = self.folded(word)
        guard !written.isEmpty, written.count <= self.maximumLength else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let letters = self.folded(candidate)
            let distance = self.distance(written, letters)
            guard distance <= max(1, max(written.count, letters.count) / 3), distance < letters.count else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// Returns the edit distance: insertions, deletions, replacements and transpositions of neighbours.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: right.count + 1)
        var previous = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(
                    previous[column + 1] + 1,
                    current[column] + 1,
                    previous[column] + (letter == other ? 0 : 1)
                )
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    least = min(least, beforePrevious[column - 1] + 1)
                }
                current.append(least)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }

    /// Folds a word to lower case without `-` and `_`, so that `sessionPort` and `session-port` match `session_port`.
    private static func folded(_ word: String) -> [UInt8] {
        word.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "_"): nil
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 0x20
            default: byte
            }
        }
    }
}

/// Everything that can be wrong with a configuration. Each case carries what its words need and no more.
public enum Problem: Hashable, Sendable {
    /// The file cannot be read, or is not one YAML document within the limits.
    case document(DocumentProblem)
    /// Keys that are unknown, missing or twice there, and values of another shape than the key's.
    case shape(ShapeProblem)
    /// A single value that is not what its key holds.
    case value(ValueProblem)
    /// Values that contradict each other.
    case relation(RelationProblem)
    /// An `include` that does not lead to files with routes.
    case include(IncludeProblem)

    /// The problem in words.
    var wording: Wording {
        switch self {
        case .document(let problem): problem.wording
        case .shape(let problem): problem.wording
        case .value(let problem): problem.wording
        case .relation(let problem): problem.wording
        case .include(let problem): problem.wording
        }
    }
}

extension String {
    /// The text between backticks, safe to print: control characters are escaped, and what is over 60 characters is cut.
    var quoted: String { "`\(self.printable(limit: 60))`" }

    /// The text without characters that move a terminal's cursor, and with `…` for what is over the limit.
    public func printable(limit: Int) -> String {
        // Almost all texts are.
        if self.utf8.count <= limit, self.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
        var text = ""
        var count = 0
        for scalar in self.unicodeScalars {
            guard count < limit else { return text + "…" }
            count += 1
            if scalar.isPrintable { text.unicodeScalars.append(scalar) } else { text += scalar.escaped }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether a terminal shows the character as itself: no control, no direction mark, no line separator.
    var isPrintable: Bool {
        switch self.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            // U+200D joins emoji, and is harmless.
            self.value == 0x200D
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .connectorPunctuation,
            .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol, .spaceSeparator:
            true
        @unknown default: false
        }
    }

    /// `U+001B`, the notation of Unicode.
    var codePointText: String {
        let digits = String(self.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// `\u{1B}`.
    var escaped: String { "\\u{\(String(self.value, radix: 16, uppercase: true))}" }

    /// The character between backticks, or its code point where it cannot be seen.
    var quoted: String {
        if self == "`" { return "'`'" }
        return self.isPrintable && self != " " ? "`\(self)`" : self.codePointText
    }
}

extension Int {
    /// `1 route`, `2 routes`.
    func of(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}

extension Sequence<String> {
    /// `a`, `b` or `c`, each between backticks.
    var alternatives: String {
        let quoted = self.map(\.quoted)
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}

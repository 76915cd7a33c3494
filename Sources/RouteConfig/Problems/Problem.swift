/// A problem of a configuration, with the values that its texts need.
public enum Problem: Hashable, Sendable {
    /// The file is unreadable, or is not a YAML document within the limits.
    case document(DocumentProblem)
    /// Unknown, missing or duplicate keys, and values of the wrong type.
    case shape(ShapeProblem)
    /// A single value that its key does not allow.
    case value(ValueProblem)
    /// Values that contradict each other.
    case relation(RelationProblem)
    /// An `include` that provides no routes.
    case include(IncludeProblem)

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
    /// The text between backticks, safe to print: control characters are escaped, and it is cut after 60 characters.
    var quoted: String { "`\(self.printable(limit: 60))`" }

    /// Escapes characters that control a terminal, and cuts the text at the limit with `…`.
    public func printable(limit: Int) -> String {
        // Fast path for nearly all texts.
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
    /// Whether a terminal shows the character as itself: not a control, direction mark or line separator.
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

    /// The code point as `U+001B`.
    var codePointText: String {
        let digits = String(self.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The code point as `\u{1B}`.
    var escaped: String { "\\u{\(String(self.value, radix: 16, uppercase: true))}" }

    /// The character between backticks, or its code point if it is invisible.
    var quoted: String {
        if self == "`" { return "'`'" }
        return self.isPrintable && self != " " ? "`\(self)`" : self.codePointText
    }
}

extension Int {
    /// Returns a count with its noun: `1 route`, `2 routes`.
    func of(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}

extension Sequence<String> {
    /// A list of alternatives, each between backticks: `a`, `b` or `c`.
    var alternatives: String {
        let quoted = self.map(\.quoted)
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}

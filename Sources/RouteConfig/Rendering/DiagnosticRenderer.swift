/// Formats diagnostics for people: severity and code, place, source line with a caret, help.
public struct DiagnosticRenderer: Sendable {
    private let style: Style

    /// Makes a renderer; `colour` enables the escape sequences of ECMA-48.
    public init(colour: Bool = false) {
        self.style = Style(isOn: colour)
    }

    /// Formats a diagnostic over several lines, without a trailing newline.
    public func text(_ diagnostic: DiagnosticReport) -> String {
        let severity = diagnostic.severity
        var lines = [
            self.style.paint("\(severity.rawValue)[\(diagnostic.code)]", as: severity)
                + self.style.strong(": \(diagnostic.message)")
        ]
        let marks = self.marks(of: diagnostic)
        let width = marks.map { String($0.place.line).count }.max() ?? 1
        let margin = String(repeating: " ", count: width)
        var isFirst = true
        for group in self.groups(marks, primary: diagnostic.place.source) {
            let arrow = isFirst ? "-->" : ":::"
            lines.append(
                margin + self.style.frame(arrow) + " "
                    + (isFirst ? diagnostic.place : group[0].place).text.printable(limit: 4096)
            )
            isFirst = false
            guard group[0].place.excerpt != nil else { continue }
            lines.append(margin + self.style.frame(" |"))
            lines += self.snippet(group, margin: margin, severity: severity)
        }
        if let help = diagnostic.help {
            if diagnostic.place.excerpt != nil { lines.append(margin + self.style.frame(" |")) }
            lines.append(margin + self.style.frame(" =") + self.style.strong(" help") + ": " + help)
        }
        return lines.joined(separator: "\n")
    }

    /// A marked place of a diagnostic.
    private struct Mark {
        var place: ReportedPlace
        var label: String
        var isPrimary: Bool
    }

    /// Returns the primary place, followed by the related ones.
    private func marks(of diagnostic: DiagnosticReport) -> [Mark] {
        [Mark(place: diagnostic.place, label: diagnostic.label ?? "", isPrimary: true)]
            + diagnostic.related.map { Mark(place: $0.place, label: $0.message, isPrimary: false) }
    }

    /// Groups the marks by file, the primary file first, each group in line order.
    private func groups(_ marks: [Mark], primary: Int) -> [[Mark]] {
        let files = [primary] + Set(marks.map(\.place.source)).subtracting([primary]).sorted()
        return files.map { file in
            marks.filter { $0.place.source == file }.enumerated().sorted { left, right in
                (left.element.place.line, left.offset) < (right.element.place.line, right.offset)
            }.map(\.element)
        }
    }

    /// Formats the lines with marks, each once, with `...` for omitted lines between them.
    private func snippet(_ marks: [Mark], margin: String, severity: Severity) -> [String] {
        var lines: [String] = []
        var previous: ReportedPlace?
        for mark in marks {
            guard let line = mark.place.excerpt else { continue }
            let number = mark.place.line
            if number != previous?.line {
                if let previous, number > previous.line + 2 {
                    lines.append(self.style.frame("..."))
                } else if let previous, number == previous.line + 2 {
                    lines.append(self.row(number - 1, previous.following ?? "", margin))
                }
                lines.append(self.row(number, line.text, margin))
            }
            previous = mark.place
            let underline = String(repeating: mark.isPrimary ? "^" : "-", count: line.markWidth)
            let label = mark.label.isEmpty ? underline : "\(underline) \(mark.label)"
            lines.append(
                margin + self.style.frame(" |") + " " + String(repeating: " ", count: line.markStart)
                    + (mark.isPrimary ? self.style.paint(label, as: severity) : self.style.frame(label))
            )
        }
        return lines
    }

    /// Formats a line with its number; an empty line has no space after the bar.
    private func row(_ number: Int, _ text: String, _ margin: String) -> String {
        let digits = String(number)
        let padding = String(repeating: " ", count: max(0, margin.count - digits.count))
        return self.style.frame(padding + digits + " |") + (text.isEmpty ? "" : " " + text)
    }
}

/// The colours of a terminal, or none.
private struct Style: Sendable {
    let isOn: Bool

    /// Formats text in the colour of a severity: red for errors, yellow for warnings.
    func paint(_ text: String, as severity: Severity) -> String {
        switch severity {
        case .error: self.wrap(text, "1;31")
        case .warning: self.wrap(text, "1;33")
        }
    }

    /// Formats emphasized text.
    func strong(_ text: String) -> String { self.wrap(text, "1") }

    /// Formats line numbers, bars, arrows and secondary marks.
    func frame(_ text: String) -> String { self.wrap(text, "1;34") }

    /// Wraps the text in escape sequences if colours are enabled.
    private func wrap(_ text: String, _ parameters: String) -> String {
        self.isOn ? "\u{1B}[\(parameters)m\(text)\u{1B}[0m" : text
    }
}

extension LoadReport {
    /// All diagnostics and the summary line as `check` prints them, with a trailing newline.
    ///
    /// `isStrict` treats warnings as errors in the summary.
    public func rendered(colour: Bool = false, isStrict: Bool = false) -> String {
        let renderer = DiagnosticRenderer(colour: colour)
        return self.diagnostics.map { renderer.text($0) + "\n\n" }.joined() + self.summary(isStrict: isStrict) + "\n"
    }
}

extension LoadResult {
    /// All diagnostics and the summary line as `check` prints them, with a trailing newline.
    public func rendered(colour: Bool = false) -> String { LoadReport(self).rendered(colour: colour) }
}

/// Writes diagnostics for people: severity and code, the place, the source line with a caret, and what to do.
public struct DiagnosticRenderer: Sendable {
    private let sources: [SourceFile]
    private let style: Style

    /// A renderer for diagnostics of `sources`; with `colour` it uses the escape sequences of terminals (ECMA-48).
    public init(sources: [SourceFile], colour: Bool = false) {
        self.sources = sources
        self.style = Style(isOn: colour)
    }

    /// A diagnostic on several lines, without a line end behind the last.
    public func text(_ diagnostic: Diagnostic) -> String {
        let severity = diagnostic.severity
        var lines = [
            self.style.paint("\(severity.rawValue)[\(diagnostic.code.rawValue)]", as: severity)
                + self.style.strong(": \(diagnostic.message)")
        ]
        let marks = self.marks(of: diagnostic)
        let width = marks.map { String($0.span.line).count }.max() ?? 1
        let margin = String(repeating: " ", count: width)
        var isFirst = true
        for group in self.groups(marks, primary: diagnostic.span.file) {
            let arrow = isFirst ? "-->" : ":::"
            lines.append(
                margin + self.style.frame(arrow) + " "
                    + self.place(group[0].span, first: isFirst ? diagnostic.span : nil)
            )
            isFirst = false
            guard self.isShown(group[0].span) else { continue }
            lines.append(margin + self.style.frame(" |"))
            lines += self.snippet(group, margin: margin, severity: severity)
        }
        if let help = diagnostic.help {
            if self.isShown(diagnostic.span) { lines.append(margin + self.style.frame(" |")) }
            lines.append(margin + self.style.frame(" =") + self.style.strong(" help") + ": " + help)
        }
        return lines.joined(separator: "\n")
    }

    /// A marked place of a diagnostic.
    private struct Mark {
        var span: SourceSpan
        var label: String
        var isPrimary: Bool
    }

    /// The place of a diagnostic, then those that explain it.
    private func marks(of diagnostic: Diagnostic) -> [Mark] {
        [Mark(span: diagnostic.span, label: diagnostic.label ?? "", isPrimary: true)]
            + diagnostic.related.map { Mark(span: $0.span, label: $0.message, isPrimary: false) }
    }

    /// The marks file by file, that of the primary one first, each in the order of its lines.
    private func groups(_ marks: [Mark], primary: Int) -> [[Mark]] {
        let files = [primary] + Set(marks.map(\.span.file)).subtracting([primary]).sorted()
        return files.map { file in
            marks.filter { $0.span.file == file }.enumerated().sorted { left, right in
                (left.element.span.line, left.offset) < (right.element.span.line, right.offset)
            }.map(\.element)
        }
    }

    /// `routes.yaml:6:26`; of the first file the place of the diagnostic itself.
    private func place(_ span: SourceSpan, first: SourceSpan?) -> String {
        let span = first ?? span
        let name = self.sources.indices.contains(span.file) ? self.sources[span.file].name.printable(limit: 4096) : "?"
        return self.isShown(span) ? "\(name):\(span.line):\(span.column)" : name
    }

    /// Whether there is a text to show a line of.
    private func isShown(_ span: SourceSpan) -> Bool {
        self.sources.indices.contains(span.file) && self.sources[span.file].isReadable
    }

    /// The lines with marks, each once, and `...` where some are left out between two.
    private func snippet(_ marks: [Mark], margin: String, severity: Severity) -> [String] {
        var lines: [String] = []
        var previous: Int?
        for mark in marks {
            let number = mark.span.line
            let line = self.line(of: mark.span)
            if number != previous {
                if let previous, number > previous + 2 {
                    lines.append(self.style.frame("..."))
                } else if let previous, number == previous + 2 {
                    lines.append(self.row(previous + 1, self.line(of: mark.span, number: previous + 1).text, margin))
                }
                lines.append(self.row(number, line.text, margin))
            }
            previous = number
            let underline = String(repeating: mark.isPrimary ? "^" : "-", count: line.markWidth)
            let label = mark.label.isEmpty ? underline : "\(underline) \(mark.label)"
            lines.append(
                margin + self.style.frame(" |") + " " + String(repeating: " ", count: line.markStart)
                    + (mark.isPrimary ? self.style.paint(label, as: severity) : self.style.frame(label))
            )
        }
        return lines
    }

    /// A line with its number; no space behind the bar of an empty one.
    private func row(_ number: Int, _ text: String, _ margin: String) -> String {
        let digits = String(number)
        let padding = String(repeating: " ", count: max(0, margin.count - digits.count))
        return self.style.frame(padding + digits + " |") + (text.isEmpty ? "" : " " + text)
    }

    /// The line that a span begins on, or another of its file, as a terminal shows it.
    private func line(of span: SourceSpan, number: Int? = nil) -> SourceLine {
        let source = self.sources[span.file]
        guard number == nil else { return SourceLine(source.scalars(ofLine: number ?? 1, from: 0), marking: 0..<0) }
        // Of a very long line only what is near the span.
        let start = max(0, span.column - 1 - 4 * SourceLine.maximumWidth)
        let text = source.scalars(ofLine: span.line, from: start)
        let end = span.endLine == span.line ? span.endColumn - 1 : .max
        let length = min(max(0, end - (span.column - 1)), text.count)
        let column = span.column - 1 - start
        return SourceLine(text, marking: column..<column + length)
    }
}

/// Colours of a terminal, or none.
private struct Style: Sendable {
    let isOn: Bool

    /// Red for errors, yellow for warnings.
    func paint(_ text: String, as severity: Severity) -> String {
        switch severity {
        case .error: self.wrap(text, "1;31")
        case .warning: self.wrap(text, "1;33")
        }
    }

    /// What matters most.
    func strong(_ text: String) -> String { self.wrap(text, "1") }

    /// Line numbers, bars, arrows and secondary marks.
    func frame(_ text: String) -> String { self.wrap(text, "1;34") }

    /// The text between escape sequences, if they are wanted.
    private func wrap(_ text: String, _ parameters: String) -> String {
        self.isOn ? "\u{1B}[\(parameters)m\(text)\u{1B}[0m" : text
    }
}

extension LoadResult {
    /// All diagnostics and the summary line, as `check` prints them, with a line end behind the last.
    ///
    /// With `isStrict` warnings make the configuration invalid in the summary.
    public func rendered(colour: Bool = false, isStrict: Bool = false) -> String {
        let renderer = DiagnosticRenderer(sources: self.sources, colour: colour)
        return self.diagnostics.map { renderer.text($0) + "\n\n" }.joined() + self.summary(isStrict: isStrict) + "\n"
    }
}

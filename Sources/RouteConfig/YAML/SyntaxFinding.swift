/// Translates libyaml's first error into a finding at the place to change.
struct SyntaxFinding {
    let finding: Finding

    /// Makes the finding of an error at libyaml's position.
    init(_ failure: YAMLParserFailure, in source: SourceFile, file: Int) {
        let place = TextRange(file: file, start: failure.place, end: failure.place + 1)
        let context = failure.context.map { context in
            TextRange(file: file, start: context.place, end: context.place + 1)
        }
        let span = source.span(of: place)
        let line = Array(source.line(span.line).unicodeScalars)
        let start = failure.place - (span.column - 1)
        /// Returns the range of `length` characters at a column of the line, counted from 0.
        func columns(_ column: Int, _ length: Int) -> TextRange {
            TextRange(file: file, start: start + column, end: start + column + length)
        }

        if failure.isInternal {
            self.finding = Finding(.document(.unreadable(reason: failure.words)), at: place)
            return
        }
        let indentation = line.prefix { $0 == " " || $0 == "\t" }
        let character = span.column - 1 < line.count ? line[span.column - 1] : nil
        if let tab = indentation.firstIndex(of: "\t") {
            self.finding = Finding(.document(.tab), at: columns(tab, 1))
            return
        }
        if character == "\t" {
            self.finding = Finding(.document(.tab), at: place)
            return
        }
        if let address = Self.bracketedAddress(in: line) {
            let text = String(String.UnicodeScalarView(line[address]))
            self.finding = Finding(
                .document(.syntax(.bracketedAddress(text))),
                at: columns(address.lowerBound, address.count)
            )
            return
        }
        if let address = Self.leadingColons(in: line, at: span.column - 1) {
            let text = String(String.UnicodeScalarView(line[address]))
            self.finding = Finding(
                .document(.syntax(.leadingColon(text))),
                at: columns(address.lowerBound, address.count)
            )
            return
        }
        let opener = context.flatMap { source.text(of: $0).unicodeScalars.first }
        var problem = Self.problem(failure, character: character, opener: opener)
        if problem == .indentation, span.column - 1 > indentation.count { problem = .textAfterValue }
        if problem == .missingColon || problem == .colonInValue || problem == .indentation,
            let found = Self.missingSpace(in: source, upTo: span.line, file: file)
        {
            self.finding = found
            return
        }
        switch problem {
        case .missingColon:
            // libyaml searches for the colon up to the next line; the finding belongs at the key.
            self.finding = Finding(
                .document(.syntax(problem)),
                at: context.map { Self.line(from: $0, source) } ?? place
            )
        case .unclosedQuote, .unclosedBracket:
            // The opening character says more than the place where the text ended.
            self.finding = Finding(
                .document(.syntax(problem)),
                at: context ?? place,
                related: context == nil || span.line > source.lineCount || character == nil
                    ? [] : [("not closed up to here", place)]
            )
        case .strayBracket, .colonInValue, .dashNotAllowed, .indentation, .missingSpace, .reservedCharacter,
            .bareAsterisk,
            .bracketedAddress, .leadingColon, .textAfterValue, .unknownEscape, .other:
            var related: [(message: String, range: TextRange)] = []
            if let context, problem == .indentation, context.start < place.start {
                related = [("the block begins here", context)]
            }
            self.finding = Finding(.document(.syntax(problem)), at: place, related: related)
        }
    }

    /// Maps libyaml's messages, which are constants of its scanner and parser, to problems.
    private static func problem(
        _ failure: YAMLParserFailure,
        character: Unicode.Scalar?,
        opener: Unicode.Scalar?
    ) -> SyntaxProblem {
        let context = failure.context?.words ?? ""
        switch failure.words {
        case "mapping values are not allowed in this context": return .colonInValue
        case "block sequence entries are not allowed in this context": return .dashNotAllowed
        case "could not find expected ':'": return .missingColon
        case "found unexpected end of stream", "found unexpected document indicator":
            return .unclosedQuote(opener ?? "\"")
        case "did not find expected ',' or ']'": return .unclosedBracket("[")
        case "did not find expected ',' or '}'": return .unclosedBracket("{")
        case "did not find expected '-' indicator": return character == ":" ? .textAfterValue : .indentation
        case "did not find expected key":
            return character == "]" || character == "}" ? .strayBracket(character ?? "]") : .indentation
        case "did not find expected node content", "did not find expected <document start>":
            if character == "]" || character == "}" { return .strayBracket(character ?? "]") }
            return opener == "[" || opener == "{" ? .unclosedBracket(opener ?? "[") : .textAfterValue
        case "found character that cannot start any token":
            return character.map(SyntaxProblem.reservedCharacter) ?? .other(failure.words)
        case "found unknown escape character", "did not find expected hexdecimal number": return .unknownEscape
        case "did not find expected alphabetic or numeric character" where context.hasSuffix("alias"):
            return .bareAsterisk
        default: return .other(context.isEmpty ? failure.words : "\(failure.words), \(context)")
        }
    }

    /// Returns the columns of an unquoted text such as `[2001:db8::1]:445`.
    private static func bracketedAddress(in line: [Unicode.Scalar]) -> Range<Int>? {
        guard let open = line.firstIndex(of: "["), let close = line[open...].firstIndex(of: "]"),
            close + 1 < line.count, line[close + 1] == ":",
            line[open..<close].contains(":"), !line[..<open].contains("\""), !line[..<open].contains("'")
        else { return nil }
        let digits = line[(close + 2)...].prefix { ("0"..."9").contains($0) }
        return digits.isEmpty ? nil : open..<digits.endIndex
    }

    /// Returns the columns of an unquoted text such as `::1`, which libyaml reads as keys without a name.
    private static func leadingColons(in line: [Unicode.Scalar], at column: Int) -> Range<Int>? {
        guard line.indices.contains(column), line[column] == ":" else { return nil }
        let end = line[column...].prefix { $0 == ":" || $0 == "." || $0.properties.isASCIIHexDigit }.endIndex
        let text = String(String.UnicodeScalarView(line[column..<end]))
        return IPv6Text.groups(text) == nil ? nil : column..<end
    }

    /// Returns the range from a place to the end of its line, without trailing spaces.
    private static func line(from place: TextRange, _ source: SourceFile) -> TextRange {
        let span = source.span(of: place)
        let rest = source.scalars(ofLine: span.line, from: span.column - 1)
        let end = rest.lastIndex { $0 != " " }.map { $0 + 1 } ?? 0
        return place.part(offset: 0, length: max(1, end))
    }

    /// Returns the finding for a known key without a space after its colon or its dash, on a line or the line before.
    private static func missingSpace(in source: SourceFile, upTo last: Int, file: Int) -> Finding? {
        for number in max(1, last - 1)...last {
            let line = source.line(number)
            guard line.utf8.count <= 1000 else { continue }
            let scalars = Array(line.unicodeScalars)
            let start = source.start(ofLine: number, file: file)
            let indentation = scalars.prefix { $0 == " " }.count
            var key = indentation
            if key < scalars.count, scalars[key] == "-" {
                key += 1
                if key < scalars.count, scalars[key] != " " {
                    let word = String(String.UnicodeScalarView(scalars[key...].prefix { $0 != ":" }))
                    guard word.utf8.count < scalars.count - key, KeyTable.home(of: word) != nil else { continue }
                    let range = start.part(offset: indentation, length: 1 + word.unicodeScalars.count)
                    return Finding(.document(.syntax(.missingSpace(after: "-", meant: "- \(word)"))), at: range)
                }
                key += scalars[key...].prefix { $0 == " " }.count
            }
            let word = String(String.UnicodeScalarView(scalars[key...].prefix { $0 != ":" && $0 != " " }))
            let colon = key + word.unicodeScalars.count
            guard colon + 1 < scalars.count, scalars[colon] == ":", scalars[colon + 1] != " ",
                KeyTable.home(of: word) != nil
            else { continue }
            let value = String(String.UnicodeScalarView(scalars[(colon + 1)...].prefix { $0 != " " }))
            let range = start.part(offset: key, length: colon + 1 - key + value.unicodeScalars.count)
            return Finding(.document(.syntax(.missingSpace(after: ":", meant: "\(word): \(value)"))), at: range)
        }
        return nil
    }
}

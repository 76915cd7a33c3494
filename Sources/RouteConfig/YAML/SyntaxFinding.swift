/// Puts libyaml's first error into words for somebody who writes a configuration, with the place that they have to change.
struct SyntaxFinding {
    let finding: Finding

    /// The finding for where libyaml gave up, and its words.
    init(_ failure: YAMLParserFailure, in source: SourceFile, file: Int) {
        let place = TextRange(file: file, start: failure.place, end: failure.place + 1)
        let context = failure.context.map { context in
            TextRange(file: file, start: context.place, end: context.place + 1)
        }
        let span = source.span(of: place)
        let line = Array(source.line(span.line).unicodeScalars)
        let start = failure.place - (span.column - 1)
        /// The range of `length` characters at a column of the line, counted from 0.
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
        let opener = context.flatMap { source.text(of: $0).unicodeScalars.first }
        let problem = Self.problem(failure, character: character, opener: opener)
        switch problem {
        case .unclosedQuote, .unclosedBracket:
            // Where it was opened tells more than where the text ran out.
            self.finding = Finding(
                .document(.syntax(problem)),
                at: context ?? place,
                related: context == nil || span.line > source.lineCount || character == nil
                    ? [] : [("not closed up to here", place)]
            )
        case .strayBracket, .colonInValue, .dashNotAllowed, .indentation, .missingColon, .reservedCharacter,
            .bareAsterisk,
            .bracketedAddress, .textBehindValue, .unknownEscape, .other:
            var related: [(message: String, range: TextRange)] = []
            if let context, problem == .indentation, context.start < place.start {
                related = [("the block begins here", context)]
            }
            self.finding = Finding(.document(.syntax(problem)), at: place, related: related)
        }
    }

    /// The problem behind libyaml's words, which are constants of its scanner and parser.
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
        case "did not find expected '-' indicator": return character == ":" ? .textBehindValue : .indentation
        case "did not find expected key":
            return character == "]" || character == "}" ? .strayBracket(character ?? "]") : .indentation
        case "did not find expected node content", "did not find expected <document start>":
            if character == "]" || character == "}" { return .strayBracket(character ?? "]") }
            return opener == "[" || opener == "{" ? .unclosedBracket(opener ?? "[") : .textBehindValue
        case "found character that cannot start any token":
            return character.map(SyntaxProblem.reservedCharacter) ?? .other(failure.words)
        case "found unknown escape character", "did not find expected hexdecimal number": return .unknownEscape
        case "did not find expected alphabetic or numeric character" where context.hasSuffix("alias"):
            return .bareAsterisk
        default: return .other(context.isEmpty ? failure.words : "\(failure.words), \(context)")
        }
    }

    /// The columns of something like `[2001:db8::1]:445` outside quotes.
    private static func bracketedAddress(in line: [Unicode.Scalar]) -> Range<Int>? {
        guard let open = line.firstIndex(of: "["), let close = line[open...].firstIndex(of: "]"),
            close + 1 < line.count, line[close + 1] == ":",
            line[open..<close].contains(":"), !line[..<open].contains("\""), !line[..<open].contains("'")
        else { return nil }
        let digits = line[(close + 2)...].prefix { ("0"..."9").contains($0) }
        return digits.isEmpty ? nil : open..<digits.endIndex
    }
}

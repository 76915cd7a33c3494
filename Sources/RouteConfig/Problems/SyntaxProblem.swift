/// The reason why a text is not YAML, in terms of the configuration file.
public enum SyntaxProblem: Hashable, Sendable {
    /// An unclosed quote; the quote character.
    case unclosedQuote(Unicode.Scalar)
    /// An unclosed `[` or `{`.
    case unclosedBracket(Unicode.Scalar)
    /// A `]` or `}` without an opening bracket.
    case strayBracket(Unicode.Scalar)
    /// `a: b: c`, or a key that is indented too deep.
    case colonInValue
    /// `- ` where no list can begin.
    case dashNotAllowed
    /// A line whose indentation matches no enclosing block.
    case indentation
    /// A line without `key:` in a mapping.
    case missingColon
    /// `key:value` or `-key:`; the sign before the missing space, and the corrected text.
    case missingSpace(after: Unicode.Scalar, meant: String)
    /// A value that begins with a reserved character.
    case reservedCharacter(Unicode.Scalar)
    /// `*` without an anchor name.
    case bareAsterisk
    /// `[::1]:445` without quotes.
    case bracketedAddress(String)
    /// `::1` without quotes.
    case leadingColon(String)
    /// Text after a closing quote or bracket.
    case textAfterValue
    /// An unknown backslash escape between double quotes.
    case unknownEscape
    /// Another error, in the parser's words.
    case other(String)

    var wording: Wording {
        switch self {
        case .unclosedQuote(let quote):
            Wording(
                .yamlSyntax,
                "the quote \(quote.quoted) is not closed",
                help: "close it on the same line, with \(quote.quoted)"
            )
        case .unclosedBracket(let bracket):
            Wording(
                .yamlSyntax,
                "the \(bracket.quoted) is not closed",
                label: "expected `,` or `\(bracket == "[" ? "]" : "}")`",
                help: "put `,` between entries and `\(bracket == "[" ? "]" : "}")` after the last"
            )
        case .strayBracket(let bracket):
            Wording(
                .yamlSyntax,
                "unmatched \(bracket.quoted)",
                help: "remove it, or put the value that it belongs to between quotes"
            )
        case .colonInValue:
            Wording(
                .yamlSyntax,
                "a second `:` on the line, or a key that is indented too deep",
                label: "unexpected `:`",
                help:
                    "put each key on its own line, indented like its neighbours; a value with `: ` in it goes between quotes"
            )
        case .dashNotAllowed:
            Wording(
                .yamlSyntax,
                "a list entry is not allowed here",
                label: "unexpected `-`",
                help: "begin the list on the line below its key, each `-` indented alike"
            )
        case .indentation:
            Wording(
                .yamlSyntax,
                "the indentation matches no enclosing block",
                label: "begins at another column",
                help: "indent it exactly like the other entries of its block"
            )
        case .missingColon:
            Wording(
                .yamlSyntax,
                "a key without a `:`",
                label: "expected `:` and a space after the key",
                help: "write `key: value`"
            )
        case .missingSpace(let sign, let meant):
            Wording(
                .yamlSyntax,
                "missing space after \(sign.quoted)",
                help: "write \(meant.quoted)"
            )
        case .reservedCharacter(let character):
            Wording(
                .yamlSyntax,
                "a value may not begin with \(character.quoted), which YAML reserves",
                help: "put the value between quotes"
            )
        case .bareAsterisk:
            Wording(
                .yamlSyntax,
                "a value that begins with `*` is an alias in YAML",
                help: "put the value between quotes, for example `\"*.yaml\"`"
            )
        case .bracketedAddress(let text):
            Wording(
                .yamlSyntax,
                "YAML reads the `[` of an IPv6 address as a list",
                help: "put the address between quotes: \(("\"" + text + "\"").quoted)"
            )
        case .leadingColon(let text):
            Wording(
                .yamlSyntax,
                "YAML reads the first `:` of an IPv6 address as a key",
                help: "put the address between quotes: \(("\"" + text + "\"").quoted)"
            )
        case .textAfterValue:
            Wording(
                .yamlSyntax,
                "text follows a value that is already complete",
                label: "unexpected",
                help: "put the whole value between one pair of quotes, or begin a new line"
            )
        case .unknownEscape:
            Wording(
                .yamlSyntax,
                "unknown escape between double quotes",
                help: "use single quotes, or write `\\\\` for one backslash"
            )
        case .other(let words):
            Wording(
                .yamlSyntax,
                words.printable(limit: 200),
                label: "here",
                help: "check the indentation, the quotes and the brackets around this place"
            )
        }
    }
}

/// Why a text is not YAML: the parser's finding in the words of somebody who writes a configuration.
public enum SyntaxProblem: Hashable, Sendable {
    /// A quote without its partner; the quote.
    case unclosedQuote(Unicode.Scalar)
    /// `[` or `{` without its partner.
    case unclosedBracket(Unicode.Scalar)
    /// A `]` or `}` that closes nothing.
    case strayBracket(Unicode.Scalar)
    /// `a: b: c`, or a key that is indented deeper than its value allows.
    case colonInValue
    /// `- ` where no list can begin.
    case dashNotAllowed
    /// A line that is neither of the block around it nor one of its own.
    case indentation
    /// A line without `key:` among keys.
    case missingColon
    /// `key:value` or `-key:`; the sign that needs a space behind it, and what is meant.
    case missingSpace(behind: Unicode.Scalar, meant: String)
    /// A value that begins with a character that YAML keeps for itself.
    case reservedCharacter(Unicode.Scalar)
    /// `*` without a name behind it.
    case bareAsterisk
    /// `[::1]:445` without quotes.
    case bracketedAddress(String)
    /// `::1` without quotes.
    case leadingColon(String)
    /// Text behind a closing quote or bracket.
    case textBehindValue
    /// A backslash escape between double quotes that YAML does not have.
    case unknownEscape
    /// The parser's own words.
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
                help: "put `,` between entries and `\(bracket == "[" ? "]" : "}")` behind the last"
            )
        case .strayBracket(let bracket):
            Wording(
                .yamlSyntax,
                "the \(bracket.quoted) closes nothing",
                help: "remove it, or put what it belongs to between quotes"
            )
        case .colonInValue:
            Wording(
                .yamlSyntax,
                "a second `:` on one line, or a key that is indented too deep",
                label: "this `:` is not expected",
                help:
                    "put each key on its own line, indented like its neighbours; a value with `: ` in it goes between quotes"
            )
        case .dashNotAllowed:
            Wording(
                .yamlSyntax,
                "a list entry is not allowed here",
                label: "this `-` is not expected",
                help: "begin the list on the line below its key, each `-` indented alike"
            )
        case .indentation:
            Wording(
                .yamlSyntax,
                "the line belongs to no block: its indentation differs from its neighbours'",
                label: "begins at another column",
                help: "indent it exactly like the other entries of its block"
            )
        case .missingColon:
            Wording(
                .yamlSyntax,
                "a key without a `:`",
                label: "expected `:` and a space behind the key",
                help: "write `key: value`"
            )
        case .missingSpace(let sign, let meant):
            Wording(
                .yamlSyntax,
                "a space is missing behind the \(sign.quoted)",
                help: "write \(meant.quoted)"
            )
        case .reservedCharacter(let character):
            Wording(
                .yamlSyntax,
                "a value may not begin with \(character.quoted), which YAML keeps for itself",
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
                "YAML takes the `[` of an IPv6 address for a list",
                help: "put the address between quotes: \(("\"" + text + "\"").quoted)"
            )
        case .leadingColon(let text):
            Wording(
                .yamlSyntax,
                "YAML takes the first `:` of an IPv6 address for a key",
                help: "put the address between quotes: \(("\"" + text + "\"").quoted)"
            )
        case .textBehindValue:
            Wording(
                .yamlSyntax,
                "text follows a value that is already complete",
                label: "not expected here",
                help: "put the whole value between one pair of quotes, or begin a new line"
            )
        case .unknownEscape:
            Wording(
                .yamlSyntax,
                "between double quotes `\\` begins an escape, and YAML does not know this one",
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

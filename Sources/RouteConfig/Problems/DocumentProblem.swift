/// The reason why a file is not a YAML document within the limits.
public enum DocumentProblem: Hashable, Sendable {
    /// The path leads to a directory.
    case directory
    /// The system's reason, such as `No such file or directory`.
    case unreadable(reason: String)
    /// More bytes than the limit for all files together.
    case tooManyBytes(limit: Int)
    /// More values than the limit for all files together.
    case tooManyNodes(limit: Int)
    /// Nesting over the limit.
    case tooDeep(limit: Int)
    /// Aliases and merges that expand to more values than the limit for all files together.
    case aliasesTooLarge(limit: Int)
    /// More keys in one mapping than the limit.
    case tooManyKeys(limit: Int)
    /// More anchors than the limit for one file.
    case tooManyAnchors(limit: Int)
    /// The name of an encoding other than UTF-8.
    case encoding(String)
    case invalidUTF8(byte: UInt8)
    case byteOrderMark
    case carriageReturns
    case controlCharacter(Unicode.Scalar)
    case syntax(SyntaxProblem)
    case tab
    case unknownAnchor(String)
    /// An alias inside the value of its anchor.
    case anchorInsideItself(String)
    /// `<<` with a value that is neither a mapping nor a list of mappings.
    case mergeOfNoMapping
    case tag(String)
    case secondDocument
    /// A key that is a list or a mapping.
    case keyIsNotText

    var wording: Wording {
        switch self {
        case .directory:
            Wording(
                .unreadableFile,
                "this is a directory, not a file",
                help: "name the file in it, for example `routes.yaml`"
            )
        case .unreadable(let reason):
            Wording(
                .unreadableFile,
                "cannot read the file: \(reason)",
                help: "check the path, and that this user may read the file and enter its directories"
            )
        case .tooManyBytes(let limit):
            Wording(
                .documentTooLarge,
                "the configuration is over \(limit / 1_048_576) MiB, the limit for all its files together",
                help: "check that this is the right file; ten thousand routes need about 1 MiB"
            )
        case .tooManyNodes(let limit):
            Wording(
                .documentTooLarge,
                "the configuration has over \(limit) values, the limit for all its files together",
                label: "the limit is reached here"
            )
        case .tooDeep(let limit):
            Wording(
                .documentTooLarge,
                "values are nested over \(limit) levels deep; a configuration needs five",
                label: "the limit is reached here"
            )
        case .aliasesTooLarge(let limit):
            Wording(
                .documentTooLarge,
                "aliases make over \(limit) values of this document, the limit for all files together",
                label: "the limit is reached here",
                help: "write the values out instead of aliases of aliases"
            )
        case .tooManyKeys(let limit):
            Wording(
                .documentTooLarge,
                "a mapping has over \(limit) keys",
                label: "the limit is reached here",
                help: "check that this is the right file; each route is an entry of a list, `- name: NAME`"
            )
        case .tooManyAnchors(let limit):
            Wording(
                .documentTooLarge,
                "the file has over \(limit) anchors",
                label: "the limit is reached here",
                help: "write the values out, or share one anchor among them"
            )
        case .encoding(let name):
            Wording(
                .yamlEncoding,
                "the file is \(name), expected UTF-8",
                help: "convert it, for example with `iconv -f \(name) -t UTF-8`"
            )
        case .invalidUTF8(let byte):
            Wording(
                .yamlEncoding,
                "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not UTF-8",
                label: "here",
                help: "save the file as UTF-8; if it is Latin-1, `iconv -f LATIN1 -t UTF-8` converts it"
            )
        case .byteOrderMark:
            Wording(
                .yamlByteOrderMark,
                "the file begins with a byte order mark, which is not needed and is ignored",
                help: "save it as UTF-8 without BOM"
            )
        case .carriageReturns:
            Wording(
                .yamlLineEnds,
                "the lines end with CR LF, as on Windows; the file is accepted",
                label: "the first of these lines",
                help: "convert it, for example with `sed -i 's/\\r$//'`"
            )
        case .controlCharacter(let scalar):
            Wording(
                .yamlCharacter,
                "the character \(scalar.codePointText) is not allowed in YAML",
                label: "here",
                help: "remove it, or write it as an escape between double quotes"
            )
        case .syntax(let problem): problem.wording
        case .tab:
            Wording(
                .yamlTab,
                "a tab where YAML allows only spaces",
                label: "this tab",
                help: "indent with spaces; `expand -t 2` converts a file"
            )
        case .unknownAnchor(let name):
            Wording(
                .yamlAlias,
                "the alias \(("*" + name).quoted) has no anchor \(("&" + name).quoted) before it",
                help: "if this is meant as text, put it between quotes: \(("\"*" + name + "\"").quoted)"
            )
        case .anchorInsideItself(let name):
            Wording(
                .yamlAlias,
                "the alias \(("*" + name).quoted) refers to the value that contains it",
                help: "write the value out here"
            )
        case .mergeOfNoMapping:
            Wording(
                .yamlMerge,
                "`<<` takes a mapping or a list of mappings, as in `<<: *defaults`",
                label: "this is neither"
            )
        case .tag(let tag):
            Wording(
                .yamlTag,
                "the tag \(tag.quoted) is not supported",
                help: "remove it; values are read as they are written, and `include:` reads further files"
            )
        case .secondDocument:
            Wording(
                .yamlDocuments,
                "a second document begins here, a configuration has one",
                label: "the first document ends here",
                help: "remove the line, or move what follows to a file of its own and `include` it"
            )
        case .keyIsNotText:
            Wording(
                .yamlKey,
                "a key must be text, this is a list or a mapping",
                help: "if this is meant as text, put it between quotes"
            )
        }
    }
}

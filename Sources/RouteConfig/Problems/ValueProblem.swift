import NetBIOS

/// The reason why a single value is invalid for its key.
public enum ValueProblem: Hashable, Sendable {
    case name(NameFlaw)
    case scope(ScopeFlaw)
    /// A suffix in another form than `0x20`; the corrected text, if known.
    case suffix(String, meant: String?)
    case address(String, AddressFlaw)
    /// Not a network; the corrected text, if known.
    case network(String, meant: String?)
    /// A network whose address has bits after the prefix; the corrected text.
    case networkHostBits(String, meant: String)
    case port(String)
    case host(String, HostFlaw)
    /// `expected` is a noun phrase such as `a duration`, `help` the remedy.
    case duration(String, expected: String, help: String)
    case count(String, maximum: Int, help: String)
    case choice(String, of: [String], suggestion: String?)
    case interface(String)
    case path(PathFlaw)

    var wording: Wording {
        switch self {
        case .name(let flaw): flaw.wording
        case .scope(let flaw): flaw.wording
        case .suffix(let text, let meant):
            Wording(
                .suffixForm,
                "\(text.quoted) is not a suffix, which is written in hexadecimal from 0x00 to 0xFF",
                help: meant.map { "write \($0.quoted)" } ?? "write for example `0x20`, the file server, or `0x00`"
            )
        case .address(let text, let flaw): flaw.wording(text)
        case .network(let text, let meant):
            Wording(
                .badCIDR,
                "\(text.quoted) is not an IPv4 network or address",
                help: meant.map { "write \($0.quoted)" } ?? "write for example `192.0.2.0/24`"
            )
        case .networkHostBits(let text, let meant):
            Wording(
                .cidrHostBits,
                "\(text.quoted) has address bits after its prefix, and is read as \(meant.quoted)",
                help: "write \(meant.quoted), or the address alone for one host"
            )
        case .port(let text):
            Wording(
                .badPort,
                "\(text.quoted) is not a port",
                help: "write a number from 1 to 65535"
            )
        case .host(let text, let flaw): flaw.wording(text)
        case .duration(let text, let expected, let help):
            Wording(.badDuration, "\(text.quoted) is not \(expected)", help: help)
        case .count(let text, let maximum, let help):
            Wording(.badSize, "\(text.quoted) is not a number from 1 to \(maximum)", help: help)
        case .choice(let text, let choices, let suggestion):
            Wording(
                .badChoice,
                "\(text.quoted) is not one of \(choices.alternatives)",
                help: suggestion.map { "did you mean \($0.quoted)?" } ?? "write \(choices.alternatives)"
            )
        case .interface(let text):
            Wording(
                .badInterface,
                "\(text.quoted) is neither an interface name nor an IPv4 network",
                help: "write for example `eth0` or `192.0.2.0/24`; `ip -br address` lists both"
            )
        case .path(let flaw): flaw.wording
        }
    }
}

/// The reason why a text is not the path of a socket.
public enum PathFlaw: Hashable, Sendable {
    case relative(String)
    case tooLong(bytes: Int)
    case character

    /// The maximum length of a Unix socket's path, in bytes, without the terminating zero.
    static let maximumLength = 107

    var wording: Wording {
        switch self {
        case .relative(let path):
            Wording(
                .badPath,
                "\(path.quoted) is not an absolute path",
                help: "begin it with `/`, for example `/run/nbrouter/control.sock`; `none` means no control socket"
            )
        case .tooLong(let bytes):
            Wording(
                .badPath,
                "the path is \(bytes) bytes, the limit of a socket is \(Self.maximumLength)",
                help: "use a shorter one, for example `/run/nbrouter/control.sock`"
            )
        case .character:
            Wording(.badPath, "the path has a zero byte in it", help: "write for example `/run/nbrouter/control.sock`")
        }
    }
}

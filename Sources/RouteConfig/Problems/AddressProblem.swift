/// The reason why a text is not the expected address.
public enum AddressFlaw: Hashable, Sendable {
    case notIPv4
    /// IPv6 where NetBIOS has no IPv6 form.
    case ipv6
    case hasPrefix(address: String)
    /// Not an address of a single host; the kind of address.
    case noHost(String)
    /// Not ADDRESS:PORT; an example.
    case endpoint(example: String)

    /// Returns the texts of the problem.
    func wording(_ text: String) -> Wording {
        switch self {
        case .notIPv4:
            Wording(
                .badAddress,
                "\(text.quoted) is not an IPv4 address",
                help: "write four numbers from 0 to 255, without leading zeros: `192.0.2.10`"
            )
        case .ipv6:
            Wording(
                .badAddress,
                "\(text.quoted) is IPv6, and NetBIOS over TCP/IP has no IPv6 form",
                help: "write an IPv4 address; backends may be IPv6"
            )
        case .hasPrefix(let address):
            Wording(
                .badAddress,
                "\(text.quoted) is a network, expected an address",
                help: "write \(address.quoted)"
            )
        case .noHost(let kind):
            Wording(
                .badAddress,
                "\(text.quoted) is \(kind), expected an address of one host",
                help: "write an address like `192.0.2.10`"
            )
        case .endpoint(let example):
            Wording(
                .badAddress,
                "\(text.quoted) is not ADDRESS:PORT",
                help: "write for example \(example.quoted)"
            )
        }
    }
}

/// The reason why a text is not a host.
public enum HostFlaw: Hashable, Sendable {
    case empty
    case character(Unicode.Scalar)
    case labelEmpty
    case labelTooLong(bytes: Int)
    /// A hyphen at the start or end of a label.
    case hyphen
    case tooLong(bytes: Int)
    /// Similar to an IPv4 address, but invalid.
    case almostIPv4
    case notIPv6
    /// `0.0.0.0` or `::`, which is no destination.
    case unspecified
    /// A URL or a UNC path; the host in it.
    case decorated(host: String)
    /// Several hosts in one text.
    case several

    /// Returns the texts of the problem.
    func wording(_ text: String) -> Wording {
        switch self {
        case .empty:
            Wording(
                .badHost,
                "the host is empty",
                help: "write `HOST`, `HOST:PORT` or `[IPv6]:PORT`"
            )
        case .character(let scalar):
            Wording(
                .badHost,
                "a host name may not have the character \(scalar.quoted)",
                label: "not allowed",
                help: "use letters, digits, `-`, `_` and `.`, or write an address"
            )
        case .labelEmpty:
            Wording(
                .badHost,
                "\(text.quoted) has an empty label",
                label: "nothing before this",
                help: "write one dot between the labels"
            )
        case .labelTooLong(let bytes):
            Wording(
                .badHost,
                "a label of the host name is \(bytes) bytes, the limit is \(HostText.maximumLabelLength)",
                help: "shorten it, or write the address"
            )
        case .hyphen:
            Wording(
                .badHost,
                "a label of a host name may not begin or end with `-`",
                label: "not allowed",
                help: "remove it, or write the address"
            )
        case .tooLong(let bytes):
            Wording(
                .badHost,
                "the host name is \(bytes) bytes, the limit is \(HostText.maximumLength)",
                help: "shorten it, or write the address"
            )
        case .almostIPv4:
            Wording(
                .badAddress,
                "\(text.quoted) is neither an IPv4 address nor a host name",
                help: "write four numbers from 0 to 255, without leading zeros: `192.0.2.10`"
            )
        case .notIPv6:
            Wording(
                .badAddress,
                "\(text.quoted) is not an IPv6 address",
                help: "write for example `\"[2001:db8::1]:445\"`; a host has one `:` at most, before the port"
            )
        case .unspecified:
            Wording(
                .badAddress,
                "\(text.quoted) is the unspecified address, which is not a destination",
                help: "write the address of the server"
            )
        case .decorated(let host):
            Wording(
                .badHost,
                "\(text.quoted) is not a host",
                help: "write the host alone: \(host.quoted); clients choose the share"
            )
        case .several:
            Wording(
                .badHost,
                "\(text.quoted) is more than one host",
                help: "for several servers write `backends: [A, B]`"
            )
        }
    }
}

import NetBIOS

/// The reason why a text is not a valid route name.
public enum NameFlaw: Hashable, Sendable {
    case empty
    case tooLong(String)
    case character(Unicode.Scalar)
    /// A leading or trailing space, which is indistinguishable from padding.
    case surroundingSpace
    /// Begins with `*`.
    case reserved

    var wording: Wording {
        let limit = NetBIOSName.maximumTextLength
        switch self {
        case .empty:
            return Wording(
                .nameEmpty,
                "the name is empty, a NetBIOS name has 1 to \(limit) bytes",
                help: "write the name that clients call"
            )
        case .tooLong(let name):
            let count = name.utf8.count
            return Wording(
                .nameTooLong,
                "NetBIOS name is \(count) bytes, the limit is \(limit)",
                label: count - limit == 1 ? "this one does not fit" : "these \(count - limit) do not fit",
                help: "shorten it, for example to \(Self.shortened(name).quoted)"
            )
        case .character(","):
            return Wording(
                .nameCharacter,
                "a NetBIOS name may not have the character `,`",
                label: "not allowed",
                help: "for several names write a list: `[A, B]`"
            )
        case .character(let scalar):
            return Wording(
                .nameCharacter,
                "a NetBIOS name may not have the character \(scalar.quoted)",
                label: "not allowed",
                help: "use ASCII letters, digits, spaces and - _ . ! @ # $ % ^ & ' ( ) { } ~"
            )
        case .surroundingSpace:
            return Wording(
                .nameCharacter,
                "a NetBIOS name may not begin or end with a space",
                help: "remove the spaces at its ends"
            )
        case .reserved:
            return Wording(
                .nameReserved,
                "a name that begins with `*` is reserved for clients that know only an address",
                help: "choose another name; `default_route` selects the route for calls to `*SMBSERVER`"
            )
        }
    }

    /// Returns a name that fits: the longest part between hyphens, underscores, dots and spaces is shortened until the
    /// whole does.
    static func shortened(_ name: String) -> String {
        var parts: [(text: [UInt8], separator: UInt8?)] = [([], nil)]
        for byte in name.utf8.prefix(4 * NetBIOSName.maximumTextLength) {
            if "-_. ".utf8.contains(byte) {
                parts[parts.count - 1].separator = byte
                parts.append(([], nil))
            } else {
                parts[parts.count - 1].text.append(byte)
            }
        }
        var count = parts.reduce(parts.count - 1) { $0 + $1.text.count }
        while count > NetBIOSName.maximumTextLength {
            let longest = parts.indices.max { parts[$0].text.count < parts[$1].text.count } ?? 0
            guard parts[longest].text.count > 1 else { break }
            parts[longest].text.removeLast()
            count -= 1
        }
        let bytes = parts.flatMap { $0.text + ($0.separator.map { [$0] } ?? []) }
        return String(decoding: bytes.prefix(NetBIOSName.maximumTextLength), as: UTF8.self).uppercased()
    }
}

/// The reason why a text is not a scope.
public enum ScopeFlaw: Hashable, Sendable {
    case labelEmpty
    case labelTooLong(bytes: Int)
    case character(Unicode.Scalar)
    case tooLong(bytes: Int)
    /// `scope: none`, which is a scope with that name.
    case none

    var wording: Wording {
        switch self {
        case .labelEmpty:
            Wording(
                .scopeLabel,
                "the scope has an empty label",
                label: "nothing before this",
                help:
                    "write labels of 1 to \(Scope.maximumLabelLength) bytes with one dot between them, as in `example.com`"
            )
        case .labelTooLong(let bytes):
            Wording(
                .scopeLabel,
                "a label of the scope is \(bytes) bytes, the limit is \(Scope.maximumLabelLength)",
                label: "these \(bytes - Scope.maximumLabelLength) do not fit",
                help: "shorten the label; the scope must be the one that clients are configured with"
            )
        case .character(let scalar):
            Wording(
                .scopeLabel,
                "a scope may not have the character \(scalar.quoted)",
                label: "not allowed",
                help: "use printable ASCII without spaces, as in `example.com`"
            )
        case .tooLong(let bytes):
            Wording(
                .scopeTooLong,
                "the scope is \(bytes) bytes, the limit is \(Scope.maximumTextLength)",
                label: "these \(bytes - Scope.maximumTextLength) do not fit",
                help: "shorten it; the scope must be the one that clients are configured with"
            )
        case .none:
            Wording(
                .scopeNone,
                "this is the scope with the name `none`, not the empty one",
                help: "leave `scope` out for the empty scope"
            )
        }
    }
}

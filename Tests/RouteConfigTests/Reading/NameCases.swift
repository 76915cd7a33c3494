import RouteConfig

/// One route, to append to a case.
private let route = "routes: [{name: A, backend: b}]\n"

extension DiagnosticCase {
    /// Cases of names, scopes and suffixes.
    static let names: [DiagnosticCase] = [
        .init(
            .nameEmpty,
            "routes:\n  - name: ①\"\"\n    backend: b\n",
            at: "\"\"",
            "the name is empty, a NetBIOS name has 1 to 15 bytes",
            help: "write the name that clients call"
        ),
        .init(
            .nameEmpty,
            "routes:\n  - ①name:\n    backend: b\n",
            at: "name",
            "the name is empty, a NetBIOS name has 1 to 15 bytes",
            help: "write the name that clients call"
        ),
        .init(
            .nameTooLong,
            "routes:\n  - backend: b\n    name: ACCOUNTING-ARCH①IVE\n",
            at: "IVE",
            "NetBIOS name is 18 bytes, the limit is 15",
            help: "shorten it, for example to `ACCOUNT-ARCHIVE`"
        ),
        .init(
            .nameTooLong,
            "routes:\n  - backend: b\n    name: \"ABCDEFGHIJKLMNO①P\"\n",
            at: "P",
            "NetBIOS name is 16 bytes, the limit is 15",
            help: "shorten it, for example to `ABCDEFGHIJKLMNO`"
        ),
        .init(
            .nameCharacter,
            "routes:\n  - {name: A, backend: b, aliases: [漢, ①BÜRO]}\n".replacing("漢", with: "C").replacing(
                "①BÜ",
                with: "B①Ü"
            ),
            at: "Ü",
            "a NetBIOS name may not have the character `Ü`",
            help: "use ASCII letters, digits, spaces and - _ . ! @ # $ % ^ & ' ( ) { } ~"
        ),
        .init(
            .nameCharacter,
            "routes:\n  - name: A①, B\n    backend: b\n",
            at: ",",
            "a NetBIOS name may not have the character `,`",
            help: "for several names write a list: `[A, B]`"
        ),
        .init(
            .nameCharacter,
            "routes:\n  - name: ①\"A\\x1b\"\n    backend: b\n",
            at: "\"A\\x1b\"",
            "a NetBIOS name may not have the character U+001B",
            help: "use ASCII letters, digits, spaces and - _ . ! @ # $ % ^ & ' ( ) { } ~"
        ),
        .init(
            .nameCharacter,
            "routes:\n  - name: ①'A '\n    backend: b\n",
            at: "'A '",
            "a NetBIOS name may not begin or end with a space",
            help: "remove the spaces at its ends"
        ),
        .init(
            .nameReserved,
            "routes:\n  - name: ①\"*SMBSERVER\"\n    backend: b\n",
            at: "\"*SMBSERVER\"",
            "a name that begins with `*` is reserved for clients that know only an address",
            help: "choose another name; `default_route` selects the route for calls to `*SMBSERVER`"
        ),
        .init(
            .nameTooLong,
            "names: {workgroup: ABCDEFGHIJKLMNO①PQ}\n" + route,
            at: "PQ",
            "NetBIOS name is 17 bytes, the limit is 15",
            help: "shorten it, for example to `ABCDEFGHIJKLMNO`"
        ),
        .init(
            .scopeLabel,
            "routes:\n  - {name: A, backend: b, scope: a.①.b}\n",
            at: ".",
            "the scope has an empty label",
            help: "write labels of 1 to 63 bytes with one dot between them, as in `example.com`"
        ),
        .init(
            .scopeLabel,
            "routes:\n  - {name: A, backend: b, scope: example.com①.}\n",
            at: ".",
            "the scope has an empty label",
            help: "write labels of 1 to 63 bytes with one dot between them, as in `example.com`"
        ),
        .init(
            .scopeLabel,
            "routes:\n  - {name: A, backend: b, scope: a.\(String(repeating: "x", count: 63))①yz}\n",
            at: "yz",
            "a label of the scope is 65 bytes, the limit is 63",
            help: "shorten the label; the scope must be the one that clients are configured with"
        ),
        .init(
            .scopeLabel,
            "routes:\n  - {name: A, backend: b, scope: a①é.b}\n",
            at: "é",
            "a scope may not have the character `é`",
            help: "use printable ASCII without spaces, as in `example.com`"
        ),
        .init(
            .scopeTooLong,
            "routes:\n  - {name: A, backend: b, scope: \(String(repeating: "abcdefg.", count: 27))last①more}\n",
            at: "more",
            "the scope is 224 bytes, the limit is 220",
            help: "shorten it; the scope must be the one that clients are configured with"
        ),
        .init(
            .scopeNone,
            "routes:\n  - {name: A, backend: b, scope: ①none}\n",
            at: "none",
            "this is the scope with the name `none`, not the empty one",
            help: "leave `scope` out for the empty scope"
        ),
        .init(
            .suffixForm,
            "routes:\n  - {name: A, backend: b, suffixes: [①20]}\n",
            at: "20",
            "`20` is not a suffix, which is written in hexadecimal from 0x00 to 0xFF",
            help: "write `0x20`"
        ),
        .init(
            .suffixForm,
            "routes:\n  - {name: A, backend: b, suffixes: ①<1c>}\n",
            at: "<1c>",
            "`<1c>` is not a suffix, which is written in hexadecimal from 0x00 to 0xFF",
            help: "write `0x1c`"
        ),
        .init(
            .suffixForm,
            "routes:\n  - {name: A, backend: b, suffixes: [①0x100]}\n",
            at: "0x100",
            "`0x100` is not a suffix, which is written in hexadecimal from 0x00 to 0xFF",
            help: "write for example `0x20`, the file server, or `0x00`"
        ),
    ]
}

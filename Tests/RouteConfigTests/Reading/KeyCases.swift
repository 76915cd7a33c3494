import RouteConfig

/// One route, to append to a case.
private let route = "routes: [{name: A, backend: b}]\n"

/// Lines of a list of `count` backends, `b1` and so on.
private func backends(_ count: Int, from first: Int = 1) -> String {
    (first..<first + count).map { "      - b\($0)\n" }.joined()
}

extension DiagnosticCase {
    /// Cases of keys and the shapes of values.
    static let keys: [DiagnosticCase] = [
        .init(
            .unknownKey,
            "routes:\n  - name: A\n    ①backnd: nas1\n",
            at: "backnd",
            "unknown key `backnd` in a route",
            help: "did you mean `backend`?"
        ),
        .init(
            .unknownKey,
            "listen: {①sessionPort: 139}\n" + route,
            at: "sessionPort",
            "unknown key `sessionPort` under `listen`",
            help: "did you mean `session_port`?"
        ),
        .init(
            .unknownKey,
            "①max_pending: 5\n" + route,
            at: "max_pending",
            "unknown key `max_pending` at the top level",
            help: "the key belongs under `sessions`"
        ),
        .init(
            .unknownKey,
            "listen: {①zebra: 5}\n" + route,
            at: "zebra",
            "unknown key `zebra` under `listen`",
            help: "known under `listen`: addresses, session_port, name_port, datagram_port, interfaces"
        ),
        .init(
            .unknownKey,
            "routes:\n  - {name: A, backend: b, ①bakend: c}\n",
            at: "bakend",
            "unknown key `bakend` in a route",
            help: "did you mean `backend`?"
        ),
        .init(
            .duplicateKey,
            "routes:\n  - ②name: A\n    backend: b\n    ①name: C\n",
            at: "name",
            "duplicate key `name`",
            help: "remove one, or merge their values",
            related: ("name", "first written here")
        ),
        .init(
            .wrongType,
            "routes:\n  - name: A\n    backend: ①[a, b]\n",
            at: "[a, b]",
            "`backend` is a list, expected a host",
            help:
                "for several servers write `backends: [A, B]`; an IPv6 address goes between quotes: `\"[2001:db8::1]:445\"`"
        ),
        .init(
            .wrongType,
            "listen: ①139\n" + route,
            at: "139",
            "`listen` is the text `139`, expected a mapping",
            help: "write its keys on the lines below, indented"
        ),
        .init(
            .wrongType,
            "routes:\n  - name: A\n    ①backend:\n",
            at: "backend",
            "`backend` has no value, expected a host",
            help: "write a value after the `:`, or remove the key"
        ),
        .init(
            .wrongType,
            "routes: ①nas1\n",
            at: "nas1",
            "`routes` is the text `nas1`, expected a list of routes",
            help: "begin each route with `- name: NAME`"
        ),
        .init(
            .wrongType,
            "routes:\n  - ①A\n",
            at: "A",
            "`the route` is the text `A`, expected a mapping",
            help: "write `- name: NAME`, and `backend: HOST` on the line below it, indented alike"
        ),
        .init(
            .missingKey,
            "routes:\n  - ①backend: b\n",
            at: "backend",
            "the route has no `name`",
            help: "add `name:` to the route"
        ),
        .init(
            .missingKey,
            "①control: none\n",
            at: "",
            "the file has no `routes`",
            help: "add `routes:` at the top level"
        ),
        .init(.missingKey, "①", at: "", "the file has no `routes`", help: "add `routes:` at the top level"),
        .init(
            .missingKey,
            "①# nothing yet\n",
            at: "",
            "the file has no `routes`",
            help: "add `routes:` at the top level"
        ),
        .init(
            .missingBackend,
            "routes:\n  - name: ①A\n",
            at: "A",
            "the route has no backend",
            help: "add `backend: HOST`, the server that takes its sessions"
        ),
        .init(
            .noRoutes,
            "①routes: []\n",
            at: "routes",
            "there are no routes to serve",
            help: "add at least one entry with `name` and `backend` to `routes`"
        ),
        .init(
            .noRoutes,
            "①routes:\n",
            at: "routes",
            "there are no routes to serve",
            help: "add at least one entry with `name` and `backend` to `routes`"
        ),
        .init(
            .bothBackendAndBackends,
            "routes:\n  - name: A\n    ②backend: b\n    ①backends: [c]\n",
            at: "backends",
            "the route has both `backend` and `backends`",
            help: "keep one: `backend` for one server, `backends` for several",
            related: ("backend", "`backend` is here")
        ),
        .init(
            .tooManyBackends,
            "routes:\n  - name: A\n    ②backends:\n\(backends(64))      - ①b65\n\(backends(3, from: 66))",
            at: "b65",
            "the list `backends` has 68 entries, the limit is 64",
            help: "keep at most 64; a session tries them in order, and clients time out after some seconds",
            related: ("backends", "the list is here")
        ),
        .init(
            .emptyList,
            "routes:\n  - name: A\n    backend: b\n    suffixes: ①[]\n",
            at: "[]",
            "the list `suffixes` is empty",
            help: "write `[0x20]` for the file server alone, or remove the key"
        ),
        .init(
            .emptyList,
            "routes:\n  - name: A\n    backend: b\n    allow: ①[]\n",
            at: "[]",
            "the list `allow` is empty",
            help: "an empty list refuses every client; remove `allow` to admit all, or list the clients"
        ),
        .init(
            .emptyList,
            "sessions: {allow: ①[]}\nroutes: [{name: A, backend: b}]\n",
            at: "[]",
            "the list `allow` is empty",
            help: "an empty list refuses every client; remove `allow` to admit all, or list the clients"
        ),
        .init(
            .duplicateEntry,
            "routes:\n  - name: A\n    backends: [②b, c, ①b]\n",
            at: "b",
            "duplicate entry `b` in `backends` is ignored",
            help: "remove one of them",
            related: ("b", "first written here")
        ),
        .init(
            .duplicateEntry,
            "listen: {addresses: [①192.0.2.1, ②0.0.0.0]}\n" + route,
            at: "192.0.2.1",
            "duplicate entry `192.0.2.1` in `addresses` is ignored",
            help: "remove one of them",
            related: ("0.0.0.0", "this covers every address")
        ),
    ]
}

import RouteConfig

/// One route, to append to a case.
private let route = "routes: [{name: A, backend: b}]\n"

extension DiagnosticCase {
    /// Cases of addresses, hosts and ports.
    static let addresses: [DiagnosticCase] = [
        .init(
            .badAddress,
            "listen: {addresses: [①192.0.2.300]}\n" + route,
            at: "192.0.2.300",
            "`192.0.2.300` is not an IPv4 address",
            help: "write four numbers from 0 to 255, without leading zeros: `192.0.2.10`"
        ),
        .init(
            .badAddress,
            "listen: {addresses: [①\"::\"]}\n" + route,
            at: "\"::\"",
            "`::` is IPv6, and NetBIOS over TCP/IP has no IPv6 form",
            help: "write an IPv4 address; backends may be IPv6"
        ),
        .init(
            .badAddress,
            "routes: [{name: A, backend: b, address: ①192.0.2.1/24}]\n",
            at: "192.0.2.1/24",
            "`192.0.2.1/24` is a network, expected an address",
            help: "write `192.0.2.1`"
        ),
        .init(
            .badAddress,
            "routes: [{name: A, backend: b, address: ①0.0.0.0}]\n",
            at: "0.0.0.0",
            "`0.0.0.0` is every address of this machine, expected an address of one host",
            help: "write an address like `192.0.2.10`"
        ),
        .init(
            .badAddress,
            "names: {node_type: point, wins_servers: ①224.0.0.1}\n" + route,
            at: "224.0.0.1",
            "`224.0.0.1` is a multicast address, expected an address of one host",
            help: "write an address like `192.0.2.10`"
        ),
        .init(
            .badAddress,
            "metrics: ①9137\n" + route,
            at: "9137",
            "`9137` is not ADDRESS:PORT",
            help: "write for example `127.0.0.1:9137`"
        ),
        .init(
            .badAddress,
            "metrics: ①localhost:9137\n" + route,
            at: "localhost:9137",
            "`localhost:9137` is not ADDRESS:PORT",
            help: "write for example `127.0.0.1:9137`"
        ),
        .init(
            .badPort,
            "metrics: 127.0.0.1:①99999\n" + route,
            at: "99999",
            "`99999` is not a port",
            help: "write a number from 1 to 65535"
        ),
        .init(
            .badPort,
            "listen: {session_port: ①0}\n" + route,
            at: "0",
            "`0` is not a port",
            help: "write a number from 1 to 65535"
        ),
        .init(
            .badPort,
            "routes: [{name: A, backend: nas:①http}]\n",
            at: "http",
            "`http` is not a port",
            help: "write a number from 1 to 65535"
        ),
        .init(
            .badCIDR,
            "routes: [{name: A, backend: b, allow: [①192.0.2.0/33]}]\n",
            at: "192.0.2.0/33",
            "`192.0.2.0/33` is not an IPv4 network or address",
            help: "write for example `192.0.2.0/24`"
        ),
        .init(
            .badCIDR,
            "routes: [{name: A, backend: b, deny: [①192.0.2.0/255.255.255.0]}]\n",
            at: "192.0.2.0/255.255.255.0",
            "`192.0.2.0/255.255.255.0` is not an IPv4 network or address",
            help: "write `192.0.2.0/24`"
        ),
        .init(
            .cidrHostBits,
            "routes: [{name: A, backend: b, allow: [①192.0.2.7/24]}]\n",
            at: "192.0.2.7/24",
            "`192.0.2.7/24` has address bits after its prefix, and is read as `192.0.2.0/24`",
            help: "write `192.0.2.0/24`, or the address alone for one host"
        ),
        .init(
            .badInterface,
            "listen: {interfaces: [①\"eth0:1\"]}\n" + route,
            at: "\"eth0:1\"",
            "`eth0:1` is neither an interface name nor an IPv4 network",
            help: "write for example `eth0` or `192.0.2.0/24`; `ip -br address` lists both"
        ),
        .init(
            .badHost,
            "routes: [{name: A, backend: na①$s}]\n",
            at: "$",
            "a host name may not have the character `$`",
            help: "use letters, digits, `-`, `_` and `.`, or write an address"
        ),
        .init(
            .badHost,
            "routes:\n  - name: A\n    backend: ①\\\\nas\\share\n",
            at: "\\\\nas\\share",
            "`\\\\nas\\share` is not a host",
            help: "write the host alone: `nas`; clients choose the share"
        ),
        .init(
            .badHost,
            "routes:\n  - name: A\n    backend: ①smb://nas/share\n",
            at: "smb://nas/share",
            "`smb://nas/share` is not a host",
            help: "write the host alone: `nas`; clients choose the share"
        ),
        .init(
            .badHost,
            "routes:\n  - name: A\n    backend: ①nas1, nas2\n",
            at: "nas1, nas2",
            "`nas1, nas2` is more than one host",
            help: "for several servers write `backends: [A, B]`"
        ),
        .init(
            .badHost,
            "routes: [{name: A, backend: nas①-.example.com}]\n",
            at: "-",
            "a label of a host name may not begin or end with `-`",
            help: "remove it, or write the address"
        ),
        .init(
            .badAddress,
            "routes: [{name: A, backend: ①10.0.0}]\n",
            at: "10.0.0",
            "`10.0.0` is neither an IPv4 address nor a host name",
            help: "write four numbers from 0 to 255, without leading zeros: `192.0.2.10`"
        ),
        .init(
            .badAddress,
            "routes: [{name: A, backend: ①2001:db8::g}]\n",
            at: "2001:db8::g",
            "`2001:db8::g` is not an IPv6 address",
            help: "write for example `\"[2001:db8::1]:445\"`; a host has one `:` at most, before the port"
        ),
        .init(
            .badPath,
            "control: ①run/control.sock\n" + route,
            at: "run/control.sock",
            "`run/control.sock` is not an absolute path",
            help: "begin it with `/`, for example `/run/nbrouter/control.sock`; `none` means no control socket"
        ),
    ]
}

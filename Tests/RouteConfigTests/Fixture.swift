import RouteConfig
import Testing

/// Texts that more than one test reads.
enum Fixture {
    /// Every key of routes.yaml with a value that is not its default.
    static let full = """
        # A file with every key.
        listen:
          addresses: [192.0.2.1, 192.0.2.2]
          session_port: 1139
          name_port: 1137
          datagram_port: 1138
          interfaces: [eth0, 192.0.2.0/24]

        names:
          node_type: hybrid
          wins_servers: [198.51.100.1, 198.51.100.2]
          workgroup: SITE
          ttl: 2h
          claim_rate: 50
          announce: true

        sessions:
          request_timeout: 250ms
          connect_timeout: none
          idle_timeout: 5m
          max_sessions: none
          max_sessions_per_client: 7
          max_pending: 9
          unknown_names: default
          allow: [192.0.2.0/24, 10.0.0.0/8]
          deny: [10.1.0.0/16]

        default_route: oldsrv
        control: /tmp/control.sock
        metrics: "[::1]:9137"

        routes:
          - name: XYKON-2
            aliases: [OLDSRV, SCANS]
            scope: example.com
            suffixes: [0x20, 0x03]
            backend: nas1.example.com:1445
            address: 192.0.2.50
            health_check: smb
            health_interval: 3d
            source: client
            allow: [192.0.2.0/24, 198.51.100.7]
            deny: [192.0.2.128/25]
            max_sessions: 12
            on_remove: close
          - name: second
            backends: [nas1, "[2001:db8::1]:446", 2001:db8::2, 10.0.0.1]
            balance: least_sessions
            max_sessions: none
        include: []

        """

    /// The configuration of a text that is valid, without warnings.
    static func configuration(_ text: String) throws -> RouterConfiguration {
        let result = ConfigurationReader.load(text: text, name: "routes.yaml")
        return try #require(result.diagnostics.isEmpty ? result.configuration : nil, "\(result.rendered())")
    }

    /// The codes that a text leads to, in order.
    static func codes(_ text: String) -> [DiagnosticCode] {
        ConfigurationReader.load(text: text, name: "routes.yaml").diagnostics.map(\.code)
    }
}

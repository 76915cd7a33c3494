import Foundation

/// A network with everything that can go wrong beside healthy sessions: what ``Disturbance`` needs, and nothing more.
///
/// Routes: ECHO and NAMED, whose host is in /etc/hosts, lead to a healthy server; SPARE to another, which is drained;
/// FLOOD to a third, which the floods use. With a disturbance come its routes: DEAD1, … with hosts of a zone whose name
/// server is silent; MUTE1, … with servers that do not answer.
final class ChaosLan: Sendable {
    let lan: Lan
    let router: RouterProcess
    let disturbances: [Disturbance]
    /// The name servers of NetBIOS.
    let winsServers: [WinsServer]
    private let domainNames: DomainNames

    static let metrics = "10.77.0.1:9139"
    /// Interfaces beside the network's own.
    static let interfaces = 10
    private static let deadNames = 32
    private static let muteServers = (0..<100).map { "10.77.0.\(100 + $0)" }

    /// Builds it for some disturbances, hands it to a test when every name is owned, and takes it down.
    static func with(_ disturbances: [Disturbance], _ body: (ChaosLan) throws -> Void) throws {
        try Lan.with(servers: 4, alone: true) { lan in
            for server in lan.servers { _ = try CrowdServer(on: server) }
            let names = try DomainNames(on: lan.stranger, .silent)
            try lan.router.etc.setHosts("10.77.0.11 alive.example.com\n")
            try lan.router.etc.setNameServer(lan.stranger.address, options: "timeout:5 attempts:2")
            for number in 0..<self.interfaces {
                try lan.ip(
                    batch: [
                        "link add flap\(number) type veth peer name peer\(number)",
                        "addr add 10.81.\(number).1/24 brd + dev flap\(number)",
                        "link set flap\(number) up", "link set peer\(number) up",
                    ],
                    in: lan.router.namespace
                )
            }
            let wins = try lan.addFarNetwork(hosts: 2).map { try WinsServer(on: $0) }
            let router = try RouterProcess.start(
                on: lan.router,
                self.routes(disturbances, wins: wins),
                control: lan.router.folder.newFile("control").path
            )
            let chaos = ChaosLan(lan, router, disturbances, wins, names)
            if disturbances.contains(.silentBackends) {
                try lan.ip(
                    batch: self.muteServers.map { "addr add \($0)/24 dev eth0" },
                    in: lan.servers[3].namespace
                )
                // An address of nobody, in the place of the one that a check has found meanwhile.
                try lan.ip(
                    batch: self.muteServers.map {
                        "neigh replace \($0) lladdr 02:00:00:00:00:99 dev eth0 nud permanent"
                    },
                    in: lan.router.namespace
                )
            }
            try chaos.waitUntilOwned()
            try body(chaos)
        }
    }

    private init(
        _ lan: Lan,
        _ router: RouterProcess,
        _ disturbances: [Disturbance],
        _ winsServers: [WinsServer],
        _ domainNames: DomainNames
    ) {
        self.lan = lan
        self.router = router
        self.disturbances = disturbances
        self.winsServers = winsServers
        self.domainNames = domainNames
    }

    /// The text of its file, with one more route or without.
    func routes(isExtended: Bool) -> String {
        Self.routes(
            self.disturbances,
            wins: self.winsServers,
            isExtended ? [Routes.route("EXTRA", to: "10.77.0.11")] : []
        )
    }

    private static func routes(_ disturbances: [Disturbance], wins: [WinsServer], _ more: [String] = []) -> String {
        let checked = ["health_check: tcp", "health_interval: 1s"].joined(separator: "\n    ")
        var routes = [
            Routes.route("ECHO", to: "10.77.0.11"), Routes.route("NAMED", to: "alive.example.com"),
            Routes.route("SPARE", to: "10.77.0.12", checked), Routes.route("FLOOD", to: "10.77.0.13"),
        ]
        if disturbances.contains(.deadNames) {
            routes += (1...self.deadNames).map { Routes.route("DEAD\($0)", to: "host\($0).dead.example.com", checked) }
        }
        if disturbances.contains(.silentBackends) {
            routes += self.muteServers.enumerated().map {
                Routes.route("MUTE\($0.offset + 1)", to: $0.element, checked)
            }
        }
        let servers = wins.map(\.host.address).joined(separator: ", ")
        return Routes.file(
            routes + more,
            settings: """
                metrics: \(self.metrics)
                names: {node_type: hybrid, wins_servers: [\(servers)], ttl: 20s}
                sessions: {connect_timeout: 2s}
                """
        )
    }

    /// Gives back what the disturbances took: name servers answer, servers are reached, and the file is the first one.
    func calm() throws {
        self.domainNames.mood = .answers(["10.77.0.11"])
        for wins in self.winsServers where !wins.isRunning { try wins.restart(keepingNames: true) }
        if self.disturbances.contains(.silentBackends) {
            try self.lan.ip(
                batch: Self.muteServers.map { "neigh del \($0) dev eth0" },
                in: self.lan.router.namespace
            )
        }
        for number in 0..<Self.interfaces {
            try self.lan.router.run("ip", "addr", "replace", "10.81.\(number).1/24", "brd", "+", "dev", "flap\(number)")
        }
        _ = try self.router.ask("undrain", "10.77.0.12:445")
        let line = try self.router.reload(self.routes(isExtended: false), within: 30)
        guard line["level"] != "error" else { throw RouterFailure(log: "\(line)") }
    }

    /// Waits until every backend is up, the last reload was good and every name is owned.
    func waitUntilHealthy(within seconds: Double) throws {
        try eventually("every backend up, and no reload refused", within: seconds) {
            let page = try self.page()
            return page["nbrouter_config_last_reload_successful"] == 1
                && page.samples.allSatisfy { !$0.key.hasPrefix("nbrouter_backend_up{") || $0.value == 1 }
                && page.sum("nbrouter_backend_draining") == 0
        }
        try self.waitUntilOwned(within: seconds)
    }

    private func waitUntilOwned(within seconds: Double = 60) throws {
        var last = ""
        do {
            try eventually("every name owned", within: seconds) {
                let names = try self.page().samples.filter { $0.key.hasPrefix("nbrouter_name_state{") && $0.value > 0 }
                let others = names.filter { !$0.key.contains(#"state="owned""#) }
                last = others.keys.sorted().prefix(5).joined(separator: ", ")
                return !names.isEmpty && others.isEmpty
            }
        } catch let error as WaitedInVain {
            throw WaitedInVain(expected: "\(error.expected), not \(last)", seconds: error.seconds)
        }
    }

    private func page() throws -> MetricsPage {
        let curl = try self.lan.router.run("curl", "--silent", "--max-time", "5", "http://\(Self.metrics)/metrics")
        return MetricsPage(curl.output)
    }
}

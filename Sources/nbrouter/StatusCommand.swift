import ArgumentParser
import NetBIOSRouter
import RouteConfig
import RouterControl

/// `nbrouter status`: prints the state of the running router.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show routes, backends, listeners, the last reload.",
        discussion: """
            Exits with 0, and with 2 when no router answers.
            """
    )

    @OptionGroup var router: ControlOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        let status: StatusReport = try await self.router.read("/status")
        print(self.json ? try JSONText.of(status) : status.router.text("\(status.version)", for: .output))
    }
}

extension RouterSnapshot {
    fileprivate func text(_ version: String, for terminal: Terminal) -> String {
        let tables = [self.routeTable, self.backendTable].map { $0.text(for: terminal) }
        return ([self.facts(version, for: terminal)] + tables).joined(separator: "\n\n")
    }

    private func facts(_ version: String, for terminal: Terminal) -> String {
        let uptime = Quantity.time(milliseconds: self.uptimeSeconds * 1000)
        let names = self.names.filter { $0.count > 0 }.map { "\($0.count) \($0.state.rawValue)" }
        let listeners = self.listeners.map { "\($0.service.rawValue) \($0.address)" }
        let facts = [
            ("version", "\(version), up \(uptime)"),
            ("generation", "\(self.generation)"),
            ("last reload", self.lastReload?.text(for: terminal) ?? ""),
            ("listening", listeners.joined(separator: ", ")),
            (
                "sessions",
                "\(self.sessions.current) now, \(self.sessions.total) in total, \(self.sessions.pending) pending"
            ),
            ("names", names.isEmpty ? "none" : names.joined(separator: ", ")),
        ]
        return facts.map { name, value in
            terminal.paint(name, .strong) + String(repeating: " ", count: 13 - name.count) + value
        }.joined(separator: "\n")
    }

    private var routeTable: TextTable {
        var table = TextTable(
            "ROUTE",
            "SCOPE",
            .minor("ALIASES"),
            "BACKENDS",
            .number("SESSIONS"),
            .minorNumber("ENDED"),
            .number("IN"),
            .number("OUT")
        )
        for route in self.routes {
            let backends = route.backends.map(\.description).joined(separator: ",")
            table.append([
                route.name, route.scope, route.aliases.joined(separator: ","), backends,
                "\(route.sessions)", "\(route.ended)", Quantity.bytes(route.bytesIn), Quantity.bytes(route.bytesOut),
            ])
        }
        return table
    }

    private var backendTable: TextTable {
        var table = TextTable("BACKEND", "STATE", .number("SESSIONS"), .minorNumber("CONNECT"), "LAST ERROR")
        for backend in self.backends {
            table.append([
                .init(backend.backend.description),
                .init(backend.state.rawValue, backend.colour),
                .init("\(backend.sessions)"),
                .init(backend.connectMilliseconds.map { Quantity.milliseconds($0) } ?? ""),
                .init(backend.lastError.map { "\($0.reason) (\($0.time))" } ?? ""),
            ])
        }
        return table
    }
}

extension RouterSnapshot.LastReload {
    /// Formats the result of the last reload and its diagnostics, as `check` prints them.
    fileprivate func text(for terminal: Terminal) -> String {
        let verdict: String
        if self.ok {
            verdict = terminal.paint("in force", .green)
        } else {
            verdict = terminal.paint("not in force: \(self.failure?.reason ?? "the file is invalid")", .red)
        }
        let remedy = self.failure?.remedy.map { "\n             help: \($0)" } ?? ""
        let renderer = DiagnosticRenderer(colour: terminal.hasColour)
        let found = self.diagnostics.map { "\n\n" + renderer.text($0) }.joined()
        return "\(self.time), \(verdict)\(remedy)\(found)\(found.isEmpty ? "" : "\n")"
    }
}

extension BackendStatus {
    fileprivate var colour: TextColour? {
        switch self.state {
        case .up: .green
        case .down: .red
        case .draining: .yellow
        }
    }
}

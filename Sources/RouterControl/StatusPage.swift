import NetBIOS
import NetBIOSRouter
import RouteConfig

/// The status page: self-contained, works without JavaScript and refreshes itself with it.
struct StatusPage {
    private let version: RouterVersion
    private let router: RouterSnapshot
    private let health: RouterHealth
    private let history: TrafficHistory

    /// Rows of a table at most, problems first; what is over that is counted.
    static let rowLimit = 1_000

    /// - Parameters:
    ///   - status: A snapshot of the router.
    ///   - health: The router's health.
    ///   - history: The last hour.
    init(_ status: StatusReport, health: RouterHealth, history: TrafficHistory) {
        self.version = status.version
        self.router = status.router
        self.health = health
        self.history = history
    }

    /// The page, to be served with ``policy``.
    var html: String {
        let page: HTMLText = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="robots" content="noindex">
            <link rel="icon" href="data:,">
            <title>nbrouter</title>
            <noscript><meta http-equiv="refresh" content="10"></noscript>
            <style>\(StatusPageStyle.css)</style>
            </head>
            <body>
            <main>
            \(self.header)
            \(self.reloadSection)
            \(self.graphs)
            \(self.routeSection)
            \(self.backendSection)
            \(self.refusalSection)
            \(self.nameSection)
            </main>
            <footer><p>As data: <a href="/status">/status</a>, <a href="/metrics">/metrics</a></p></footer>
            <script>\(StatusPageStyle.script)</script>
            </body>
            </html>

            """
        return page.text
    }

    /// The Content Security Policy: only the page's own style and script.
    static let policy = """
        default-src 'none'; style-src 'sha256-\(StatusPageStyle.styleHash)'; \
        script-src 'sha256-\(StatusPageStyle.scriptHash)'; connect-src 'self'; img-src data:; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """

    // MARK: - Sections

    private var header: HTMLText {
        let status = self.router
        let verdict: HTMLText =
            self.health.isHealthy
            ? "<p class=\"good\">Healthy</p>"
            : "<p class=\"bad\">Unhealthy: \(self.health.problems.joined(separator: "; "))</p>"
        let listeners = status.listeners.map { "\($0.service.rawValue) \($0.address)" }.joined(separator: ", ")
        let commit: HTMLText = self.version.commit.map { " <small>\($0)</small>" } ?? ""
        return """
            <header><h1>nbrouter</h1>\(verdict)</header>
            <dl class="facts">
            <div><dt>Sessions</dt><dd>\(status.sessions.current)</dd></div>
            <div><dt>Since the start</dt><dd>\(status.sessions.total)</dd></div>
            <div><dt>Up</dt><dd>\(Quantity.time(seconds: status.uptimeSeconds))</dd></div>
            <div><dt>Generation</dt><dd>\(status.generation)</dd></div>
            <div><dt>Version</dt><dd>\(self.version.number)\(commit)</dd></div>
            <div class="wide"><dt>Listening</dt><dd>\(listeners)</dd></div>
            </dl>
            """
    }

    private var reloadSection: HTMLText {
        guard let reload = self.router.lastReload else { return "" }
        let verdict: HTMLText
        if reload.ok {
            verdict = "<p class=\"good\">In force since <time>\(reload.time)</time></p>"
        } else {
            let reason = reload.failure?.reason ?? "the file is invalid"
            verdict = "<p class=\"bad\">Not in force, at <time>\(reload.time)</time>: \(reason)</p>"
        }
        let remedy: HTMLText = reload.failure?.remedy.map { "<p>\($0)</p>" } ?? ""
        let found = reload.diagnostics.prefix(20).map { DiagnosticRenderer().text($0) }.joined(separator: "\n\n")
        let more = reload.diagnostics.count > 20 ? "\n\nand \(reload.diagnostics.count - 20) more" : ""
        let text: HTMLText = found.isEmpty ? "" : "<pre>\(found + more)</pre>"
        return "<section><h2>Last reload</h2>\(verdict)\(remedy)\(text)</section>"
    }

    private var graphs: HTMLText {
        let samples = self.history.samples
        let rate = samples.last?.rate ?? 0
        let history =
            "the last \(Quantity.time(seconds: Int64(samples.count) * TrafficHistory.interval.components.seconds))"
        return """
            <section><h2>History <small>\(history)</small></h2><div class="graphs">
            \(HistoryGraph("Sessions", samples.map { Double($0.sessions) }, now: "\(self.router.sessions.current)") { "\(Int($0))" }.html)
            \(HistoryGraph("Carried", samples.map(\.rate), now: Quantity.rate(rate)) { Quantity.rate($0) }.html)
            </div></section>
            """
    }

    private var routeSection: HTMLText {
        let routes = self.router.routes
        let out = Set(self.router.backends.filter { $0.state != .up }.map(\.backend))
        // Routes that no new session gets through come first, then those that have lost a backend, then the busiest.
        let keys = zip(routes, self.router.routeIDs).map { route, id in
            let left = route.backends.count { !out.contains($0) }
            let rank = left == 0 ? 0 : left < route.backends.count ? 1 : 2
            return (rank: rank, rate: self.history.rate(of: id), sessions: route.sessions)
        }
        let order = routes.indices.sorted { left, right in
            let (first, second) = (keys[left], keys[right])
            return (first.rank, second.rate, second.sessions, left) < (second.rank, first.rate, first.sessions, right)
        }
        return self.table(
            "Routes",
            ["Route", "Backends", "Sessions", "Ended", "Rate", "In", "Out"],
            numbers: 2,
            all: "nbrouter status",
            order.lazy.map { index in
                let route = routes[index]
                let scope: HTMLText = route.scope.isEmpty ? "" : "<small>.\(route.scope)</small>"
                let aliases: HTMLText =
                    route.aliases.isEmpty ? "" : "<br><small>\(route.aliases.joined(separator: ", "))</small>"
                let backends = route.backends.map(\.description).joined(separator: ", ")
                return [
                    "\(route.name)\(scope)\(aliases)", "\(backends)", "\(route.sessions)",
                    "\(route.ended)", "\(Quantity.rate(keys[index].rate))", "\(Quantity.bytes(route.bytesIn))",
                    "\(Quantity.bytes(route.bytesOut))",
                ]
            }
        )
    }

    private var backendSection: HTMLText {
        let backends = self.router.backends
        let rank: [BackendStatus.State: Int] = [.down: 0, .draining: 1]
        let order = backends.indices.sorted { left, right in
            (rank[backends[left].state] ?? 2, left) < (rank[backends[right].state] ?? 2, right)
        }
        return self.table(
            "Backends",
            ["Backend", "State", "Last error", "Sessions", "Connect"],
            numbers: 3,
            all: "nbrouter status",
            order.lazy.map { index in
                let backend = backends[index]
                let error: HTMLText =
                    backend.lastError.map { "\($0.reason)<br><small><time>\($0.time)</time></small>" } ?? ""
                return [
                    "\("\(backend.backend)")", Self.state(backend.state.rawValue), error, "\(backend.sessions)",
                    "\(backend.connectMilliseconds.map { Quantity.milliseconds($0) } ?? "")",
                ]
            }
        )
    }

    private var nameSection: HTMLText {
        let names = self.router.nameService.names
        let rank: [NameSnapshot.State: Int] = [.conflict: 0, .claiming: 1, .releasing: 2, .standby: 3, .owned: 4]
        let order = names.indices.sorted { left, right in
            (rank[names[left].state] ?? 0, left) < (rank[names[right].state] ?? 0, right)
        }
        return self.table(
            "Names",
            ["Name", "State", "Interface", "Address", "Holder"],
            numbers: 5,
            all: "nbrouter names",
            order.lazy.map { index in
                let name = names[index]
                let scope: HTMLText = name.scope.isEmpty ? "" : "<small>.\(name.scope)</small>"
                let group: HTMLText = name.isGroup ? " <small>group</small>" : ""
                return [
                    "\(name.name)&lt;\(String(name.suffix.dropFirst(2)))&gt;\(scope)\(group)",
                    Self.state(name.state.rawValue),
                    "\(name.interface ?? "")", "\(name.address)", "\(name.holder ?? "")",
                ]
            }
        )
    }

    private var refusalSection: HTMLText {
        self.table(
            "Last refusals",
            ["Time", "Client", "Called", "Code", "Reason"],
            numbers: 5,
            all: "nbrouter status",
            self.router.counters.lastRefusals.lazy.map { refused in
                let scope: HTMLText = refused.scope.map { "<small>.\($0)</small>" } ?? ""
                return [
                    "<time>\("\(refused.time)")</time>", "\(refused.client)", "\(refused.called ?? "")\(scope)",
                    "0x\(refused.code.codeText)", "\(refused.reason)",
                ]
            }
        )
    }

    // MARK: - Parts

    /// A section with a table; the columns from `numbers` on are numbers. The command `all` prints the rows that are left out.
    private func table(
        _ title: String,
        _ headings: [String],
        numbers: Int,
        all: String,
        _ rows: some Collection<[HTMLText]>
    ) -> HTMLText {
        guard !rows.isEmpty else { return "<section><h2>\(title)</h2><p class=\"none\">None.</p></section>" }
        func kind(_ index: Int) -> HTMLText { index < numbers ? "" : " class=\"number\"" }
        let head = HTMLText(headings.enumerated().map { "<th\(kind($0))>\($1)</th>" })
        let body = HTMLText(
            rows.prefix(Self.rowLimit).map { row in
                let cells = HTMLText(
                    zip(headings, row).enumerated().map { index, cell in
                        // On a phone each row is a list with the headings before the cells.
                        let content: HTMLText = cell.1.text.isEmpty ? "" : "<span>\(cell.1)</span>"
                        return "<td\(kind(index)) data-label=\"\(cell.0)\">\(content)</td>"
                    }
                )
                return "<tr>\(cells)</tr>\n"
            }
        )
        let left = rows.count - Self.rowLimit
        let more: HTMLText =
            left > 0
            ? "<p>And \(left) more: <code>\(all)</code> lists all, as does <a href=\"/status\">/status</a>.</p>" : ""
        return """
            <section><h2>\(title) <small>\(rows.count)</small></h2><div class="table"><table>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody></table></div>\(more)</section>
            """
    }

    private static func state(_ word: String) -> HTMLText {
        let kinds: [String: HTMLText] = ["up": "good", "owned": "good", "down": "bad", "conflict": "bad"]
        return "<span class=\"state \(kinds[word] ?? "between")\">\(word)</span>"
    }
}

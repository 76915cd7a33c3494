import ArgumentParser
import Glibc
import NetBIOSRouter
import RouteConfig
import RouterControl
import Sockets

/// Displays the busiest sessions, refreshed at an interval.
struct SessionWatch: Sendable {
    let router: ControlOptions
    let interval: Duration
    let json: Bool

    /// Refreshes the display until the process is interrupted.
    ///
    /// - Parameter isPage: Whether to use the terminal's alternate screen, with a summary and as many sessions as fit.
    /// - Throws: Exit code 2 if the first request fails.
    func run(isPage: Bool) async throws {
        let (interrupts, interrupt) = AsyncStream.makeStream(of: Void.self)
        try Signals.trap(SIGINT, SIGTERM) { _ in interrupt.yield() }
        let isTerminal = Terminal.output.height != nil
        var last = try await Look(self.router)
        let screen = isTerminal && !self.json ? Screen(isPage: isPage) : nil
        screen?.begin()
        defer { screen?.end() }
        let ticking = Task {
            var first: Look? = last
            while !Task.isCancelled {
                if let look = first {
                    try self.show(look, since: nil, isPage: isPage, on: screen)
                    first = nil
                } else if let look = await Look(silently: self.router) {
                    try self.show(look, since: last, isPage: isPage, on: screen)
                    last = look
                } else {
                    screen?.show("nbrouter: no response from the router; retrying")
                }
                try await TaskPool.sleep(for: self.interval)
            }
        }
        for await _ in interrupts { break }
        ticking.cancel()
        _ = await ticking.result
    }

    /// A snapshot of the router.
    private struct Look: Sendable {
        let status: StatusReport
        let sessions: [SessionSnapshot]
        let moment = ContinuousClock.now

        /// Reads a snapshot, and reports a failure on standard error.
        init(_ router: ControlOptions) async throws {
            self.status = try await router.read("/status")
            self.sessions = try await router.read("/sessions")
        }

        /// Reads a snapshot; `nil` on failure.
        init?(silently router: ControlOptions) async {
            guard let status: StatusReport = try? await router.readSilently("/status"),
                let sessions: [SessionSnapshot] = try? await router.readSilently("/sessions")
            else { return nil }
            self.status = status
            self.sessions = sessions
        }
    }

    /// A session and its traffic between two snapshots.
    private struct Rate {
        let session: SessionSnapshot
        let bytesIn: Int
        let bytesOut: Int
    }

    private func show(_ look: Look, since last: Look?, isPage: Bool, on screen: Screen?) throws {
        guard !self.json else {
            print(try JSONText.line(look.sessions))
            return
        }
        let terminal = Terminal.output
        let time = last.map { look.moment - $0.moment } ?? .zero
        let before = Dictionary((last?.sessions ?? []).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let rates = look.sessions.map { session in
            Rate(
                session: session,
                bytesIn: session.bytesIn - (before[session.id]?.bytesIn ?? 0),
                bytesOut: session.bytesOut - (before[session.id]?.bytesOut ?? 0)
            )
        }.sorted { ($1.bytesIn + $1.bytesOut, $0.session.id) < ($0.bytesIn + $0.bytesOut, $1.session.id) }
        // The summary takes three lines, the headings one, and the last line stays empty.
        let room = terminal.height.map { max(0, $0 - (isPage ? 5 : 2)) } ?? rates.count
        var text = self.table(rates.prefix(screen == nil ? rates.count : room), in: time, for: terminal)
        if isPage { text = self.summary(look, rates, in: time, for: terminal) + "\n\n" + text }
        if let screen {
            screen.show(text)
        } else {
            print(text + "\n")
        }
    }

    private func table(_ rates: some Collection<Rate>, in time: Duration, for terminal: Terminal) -> String {
        var table = TextTable(
            "ID",
            "CLIENT",
            "CALLED",
            .minor("ROUTE"),
            "BACKEND",
            .minor("DIALECT"),
            .minorNumber("IN"),
            .minorNumber("OUT"),
            .number("IN/S"),
            .number("OUT/S"),
            .number("AGE")
        )
        for rate in rates {
            let session = rate.session
            table.append([
                session.id, session.client, session.calledText, session.route ?? "", session.backend?.description ?? "",
                session.dialect ?? "", Quantity.bytes(session.bytesIn), Quantity.bytes(session.bytesOut),
                Self.rate(rate.bytesIn, in: time), Self.rate(rate.bytesOut, in: time),
                Quantity.time(milliseconds: session.ageMilliseconds),
            ])
        }
        return table.text(for: terminal)
    }

    /// Formats bytes per second; empty if no time has passed.
    private static func rate(_ bytes: Int, in time: Duration) -> String {
        time > .zero ? Quantity.rate(Double(bytes) / (time / .seconds(1))) : ""
    }

    /// The summary of the router in two lines: traffic and names.
    private func summary(_ look: Look, _ rates: [Rate], in time: Duration, for terminal: Terminal) -> String {
        let status = look.status.router
        var parts = [
            "nbrouter \(look.status.version.number)", "up \(Quantity.time(milliseconds: status.uptimeSeconds * 1000))",
            "\(status.sessions.current) of \(status.sessions.total) sessions",
        ]
        if time > .zero {
            parts.append("in \(Self.rate(rates.reduce(0) { $0 + $1.bytesIn }, in: time))")
            parts.append("out \(Self.rate(rates.reduce(0) { $0 + $1.bytesOut }, in: time))")
        }
        let names = status.names.filter { $0.count > 0 }.map { "\($0.count) \($0.state.rawValue)" }
        let down = status.backends.count { $0.state == .down }
        var facts = ["names: " + (names.isEmpty ? "none" : names.joined(separator: ", "))]
        if down > 0 { facts.append("backends down: \(down)") }
        return [parts.joined(separator: ", "), facts.joined(separator: "; ")]
            .map { terminal.paint(String($0.prefix(terminal.width ?? $0.count)), .strong) }.joined(separator: "\n")
    }
}

/// A terminal whose content is redrawn (ECMA-48).
private struct Screen: Sendable {
    let isPage: Bool

    /// Hides the cursor; a page uses the alternate screen (xterm).
    func begin() { self.write((self.isPage ? "\u{1B}[?1049h" : "") + "\u{1B}[?25l\u{1B}[2J") }

    func end() { self.write("\u{1B}[?25h" + (self.isPage ? "\u{1B}[?1049l" : "\n")) }

    /// Replaces the displayed text.
    func show(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        self.write("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\n") + "\u{1B}[J")
    }

    private func write(_ text: String) {
        print(text, terminator: "")
    }
}

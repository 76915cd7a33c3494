import NetBIOSRouter

/// Tells the service manager, as long as the process lives, that it does, and how many sessions there are.
///
/// The watchdog hears of it (sd_watchdog_enabled(3)) while every event loop answers: a router that hangs is started again.
struct ServiceReports: Sendable {
    let router: RouterService
    let manager: ServiceManager

    /// How often the status is told without a watchdog.
    private static let interval = Duration.seconds(10)

    /// Goes on until it is cancelled.
    func run() async {
        guard self.manager.isThere else { return }
        let limit = self.manager.watchdogLimit
        // Twice in the time that the watchdog waits.
        let interval = limit.map { min($0 / 2, Self.interval) } ?? Self.interval
        var told = ""
        while !Task.isCancelled {
            if limit != nil, await self.router.silentLoops(for: interval) == 0 { self.manager.alive() }
            let status = await self.router.statusLine
            if status != told { self.manager.status(status) }
            told = status
            try? await Task.sleep(for: interval)
        }
    }
}

import NetBIOSRouter
import Sockets

/// Reports the number of sessions to the service manager, and resets its watchdog.
///
/// The watchdog is reset only while every event loop responds (sd_watchdog_enabled(3)), so that a router that hangs is
/// restarted.
struct ServiceReports: Sendable {
    let router: RouterService
    let manager: ServiceManager

    /// The interval of status reports without a watchdog.
    private static let interval = Duration.seconds(10)

    /// Runs until cancelled.
    func run() async {
        guard self.manager.isThere else { return }
        let limit = self.manager.watchdogLimit
        // Twice per watchdog timeout.
        let interval = limit.map { min($0 / 2, Self.interval) } ?? Self.interval
        var told = ""
        while !Task.isCancelled {
            if limit != nil, await self.router.silentLoops(for: interval) == 0 { self.manager.alive() }
            let status = await self.router.statusLine
            if status != told { self.manager.status(status) }
            told = status
            try? await TaskPool.sleep(for: interval)
        }
    }
}

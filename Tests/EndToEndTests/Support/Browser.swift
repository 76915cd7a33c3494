import Foundation

/// A headless Chromium on a host of the network.
struct Browser {
    let host: Host

    /// The result of loading a page.
    struct Page {
        /// The final document, as HTML.
        let document: String
        /// The console errors: failed scripts, and violations of the page's policy.
        let complaints: [String]
    }

    /// Opens a page, runs it for some seconds of its virtual clock, and returns the document.
    func open(_ address: String, seconds: Int = 2) throws -> Page {
        let finished = try self.run("--virtual-time-budget=\(seconds * 1000)", "--dump-dom", address)
        let complaints = finished.errors.split(separator: "\n").filter { $0.contains(":CONSOLE") }.map(String.init)
        return Page(document: finished.output, complaints: complaints)
    }

    /// Opens a page with scripts disabled, and takes a screenshot (PNG).
    func picture(of address: String, width: Int, height: Int) throws -> Data {
        let file = self.host.folder.newFile("page.png")
        _ = try self.run(
            preferences: #"{"profile": {"default_content_setting_values": {"javascript": 2}}}"#,
            "--window-size=\(width),\(height)",
            "--screenshot=\(file.path)",
            address
        )
        return try Data(contentsOf: file)
    }

    /// Runs Chromium with a fresh profile; the preferences are JSON.
    private func run(preferences: String = "{}", _ arguments: String...) throws -> Finished {
        let profile = try self.host.folder.newFolder("chromium")
        let settings = profile.appendingPathComponent("Default")
        try FileManager.default.createDirectory(at: settings, withIntermediateDirectories: true)
        try preferences.write(
            to: settings.appendingPathComponent("Preferences"),
            atomically: true,
            encoding: .utf8
        )
        let command = [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--hide-scrollbars", "--user-data-dir=\(profile.path)", "--enable-logging=stderr",
        ]
        let finished = try self.host.run(command + arguments, within: 120)
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
        return finished
    }
}

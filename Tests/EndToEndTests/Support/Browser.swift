import Foundation

/// A real Chromium without a window, on a host of the network.
struct Browser {
    let host: Host

    /// What a page came to in the browser.
    struct Page {
        /// The document as it was at last, as HTML.
        let document: String
        /// What the browser complained of: scripts that failed, and what the page's policy did not let in.
        let complaints: [String]
    }

    /// Opens a page, lets it live for some seconds of its own clock, and takes the document.
    func open(_ address: String, seconds: Int = 2) throws -> Page {
        let finished = try self.run("--virtual-time-budget=\(seconds * 1000)", "--dump-dom", address)
        let complaints = finished.errors.split(separator: "\n").filter { $0.contains(":CONSOLE") }.map(String.init)
        return Page(document: finished.output, complaints: complaints)
    }

    /// Opens a page where no script runs, and makes a picture of it (PNG).
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

    /// Runs it with a profile of its own; the preferences are JSON.
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

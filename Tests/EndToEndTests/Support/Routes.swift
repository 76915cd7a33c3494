/// Texts of routes.yaml for tests.
enum Routes {
    /// One route a name, each to a server of its own.
    static func to(_ servers: [Host], names: [String], settings: String = "") -> String {
        let routes = zip(names, servers).map { self.route($0, to: "\($1.address):445") }
        return self.file(routes, settings: settings)
    }

    /// A file of routes and, before them, other settings.
    static func file(_ routes: [String], settings: String = "") -> String {
        (settings.isEmpty ? "" : settings + "\n") + "routes:\n" + routes.joined()
    }

    /// One route with, if need be, more keys.
    static func route(_ name: String, to backend: String, _ more: String...) -> String {
        let lines = ["  - name: \(name)", "    backend: \(backend)"] + more.map { "    \($0)" }
        return lines.map { $0 + "\n" }.joined()
    }
}

import Foundation
import Glibc
import Testing

/// `examples/install`: installs and uninstalls everything.
struct InstallTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/install").path

    /// Everything below a folder, by its path from there.
    private func content(of folder: URL) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: folder.path))
    }

    /// Runs the script for a folder, as a package's build does.
    private func install(_ options: String..., below root: URL, folder: TemporaryFolder) throws -> Finished {
        let words = ["env", "DESTDIR=\(root.path)", Self.script] + options
        let finished = try Finished(running: words, folder: folder, within: 60)
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
        return finished
    }

    @Test(arguments: ["/usr/local", "/usr", "/opt/nbrouter"])
    func `everything that is installed is uninstalled again, the configuration last`(prefix: String) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let root = try folder.newFolder("root")
        let usual = [
            "etc/systemd/system", "usr/local/bin", "usr/local/lib", "usr/local/share/man", "opt/nbrouter", "usr/bin",
        ]
        for path in usual + ["usr/share/man/man8"] {
            let place = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
        try "".write(to: root.appendingPathComponent("usr/bin/x"), atomically: true, encoding: .utf8)
        try "".write(to: root.appendingPathComponent("usr/share/man/man8/x"), atomically: true, encoding: .utf8)
        let before = try self.content(of: root)
        _ = try self.install("--prefix", prefix, "--binary", try Prerequisites.router(), below: root, folder: folder)
        let base = String(prefix.dropFirst()), configuration = prefix == "/opt/nbrouter" ? base + "/etc" : "etc"
        let zsh = prefix == "/usr" ? "vendor-completions" : "site-functions"
        let installed = try self.content(of: root)
        for path in [
            "\(base)/bin/nbrouter", "\(base)/share/man/man8/nbrouter.8", "\(base)/share/man/man5/routes.yaml.5",
            "\(base)/share/man/man5/nbrouter-api.5", "\(base)/share/man/man7/nbrouter-guide.7",
            "\(base)/share/man/man7/nbrouter-trouble.7",
            "\(base)/lib/systemd/system/nbrouter.service", "\(base)/share/bash-completion/completions/nbrouter",
            "\(base)/share/zsh/\(zsh)/_nbrouter", "\(base)/share/fish/vendor_completions.d/nbrouter.fish",
            "\(configuration)/nbrouter/routes.yaml", "\(configuration)/nbrouter/routes.schema.json",
        ] {
            #expect(installed.contains(path), "\(path)")
        }
        let unit = root.appendingPathComponent("\(base)/lib/systemd/system/nbrouter.service")
        let start = "ExecStart=\(prefix)/bin/nbrouter run --config /\(configuration)/nbrouter/routes.yaml\n"
        #expect(try String(contentsOf: unit, encoding: .utf8).contains(start))
        // A second run changes no file of the operator's.
        let file = root.appendingPathComponent("\(configuration)/nbrouter/routes.yaml")
        try "# mine\n".write(to: file, atomically: true, encoding: .utf8)
        _ = try self.install("--prefix", prefix, "--binary", try Prerequisites.router(), below: root, folder: folder)
        #expect(try String(contentsOf: file, encoding: .utf8) == "# mine\n")

        _ = try self.install("--uninstall", "--prefix", prefix, below: root, folder: folder)
        let left = try self.content(of: root).subtracting(before)
        #expect(left.filter { $0.contains(".") } == ["\(configuration)/nbrouter/routes.yaml"], "\(left)")
        _ = try self.install("--purge", "--prefix", prefix, below: root, folder: folder)
        #expect(try self.content(of: root) == before)
    }
}

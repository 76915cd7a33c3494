import Foundation
import Glibc
import Testing

/// `nbrouter --version`: the commit comes from the plugin of the build, which is tried here on a package of one line.
struct VersionTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test func `the program prints its version, with the commit in parentheses if built from one`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let finished = try Finished(running: [try Prerequisites.router(), "--version"], folder: folder, within: 20)
        #expect(finished.succeeded && finished.errors.isEmpty, "\(finished)")
        #expect(finished.output.contains(/^[0-9]+\.[0-9]+\.[0-9]+( \([0-9a-f]{7,40}\+?\))?\n$/), "\(finished)")
    }

    @Test func `each build knows its commit, one with changes has a plus sign, and one without git builds too`() throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // Within another repository, whose commit does not belong to the package.
        let outer = try folder.newFolder("outer")
        let package = outer.appendingPathComponent("package")
        func run(_ words: [String]) throws -> String {
            let finished = try Finished(running: words, folder: folder, within: 240)
            guard finished.succeeded else { throw ToolFailure(finished: finished) }
            return finished.output.trimmingCharacters(in: .newlines)
        }
        func git(_ words: String..., in place: URL? = nil) throws -> String {
            let name = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
            return try run(["git", "-C", (place ?? package).path] + name + words)
        }
        func said() throws -> String {
            // Swift's driver does not see a change that is made in the second in which it was called before.
            let second = time(nil)
            try eventually("another second") { time(nil) != second }
            return try run(["swift", "run", "--quiet", "--package-path", package.path, "Program"])
        }
        /// Runs what was built, of the commit that is checked out now.
        func expectCommit(_ mark: String = "", sourceLocation: SourceLocation = #_sourceLocation) throws {
            let (said, commit) = (try said(), try git("rev-parse", "--short", "HEAD"))
            #expect(said == commit + mark, sourceLocation: sourceLocation)
        }
        func write(_ text: String, to path: String) throws {
            try text.write(to: package.appendingPathComponent(path), atomically: true, encoding: .utf8)
        }
        _ = try git("init", "--quiet", in: outer)
        _ = try git("commit", "--quiet", "--allow-empty", "--message=outer", in: outer)
        let sources = package.appendingPathComponent("Sources")
        try FileManager.default.createDirectory(
            at: sources.appendingPathComponent("Program"),
            withIntermediateDirectories: true
        )
        try FileManager.default.copyItem(
            at: Self.repository.appendingPathComponent("Sources/CommitPlugin"),
            to: sources.appendingPathComponent("CommitPlugin")
        )
        let manifest = """
            // swift-tools-version: 6.3
            import PackageDescription
            let package = Package(
                name: "Program",
                targets: [
                    .plugin(name: "CommitPlugin", capability: .buildTool(), path: "Sources/CommitPlugin"),
                    .executableTarget(name: "Program", plugins: ["CommitPlugin"]),
                ]
            )
            """
        let main = "print(BuiltCommit.text ?? \"none\")\n"
        try write(manifest, to: "Package.swift")
        try write(main, to: "Sources/Program/main.swift")
        try write(".build\n", to: ".gitignore")
        try write("A package.\n", to: "README.md")
        #expect(try said() == "none")
        try FileManager.default.removeItem(at: package.appendingPathComponent(".build"))
        _ = try git("init", "--quiet")
        _ = try git("add", "--all")
        for message in ["--message=first", "--message=second"] {
            _ = try git("commit", "--quiet", "--allow-empty", message)
            try expectCommit()
        }
        // Files that are not sources of the program are ignored.
        try write("Another text.\n", to: "README.md")
        try expectCommit()
        try write("// A change.\n" + main, to: "Sources/Program/main.swift")
        try expectCommit("+")
        _ = try git("checkout", "--quiet", "--", "Sources")
        try expectCommit()
    }
}

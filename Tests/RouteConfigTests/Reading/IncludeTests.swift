import Dispatch
import Foundation
import Glibc
import NetBIOS
import Testing

@testable import RouteConfig

/// A directory with files, removed with the value.
private final class Directory {
    let path: String
    private var paths: [String] = []

    init(_ files: [(path: String, text: String)]) throws {
        var template = Array("/tmp/nbrouter-include-XXXXXX".utf8CString)
        self.path = try #require(mkdtemp(&template).map { String(cString: $0) })
        for (path, text) in files {
            var directory = self.path
            for part in path.split(separator: "/").dropLast() {
                directory += "/\(part)"
                mkdir(directory, 0o755)
                self.paths.insert(directory, at: 0)
            }
            let full = "\(self.path)/\(path)"
            let file = try #require(fopen(full, "w"))
            fputs(text, file)
            fclose(file)
            self.paths.insert(full, at: 0)
        }
    }

    deinit {
        for path in self.paths { remove(path) }
        remove(self.path)
    }
}

/// Files that include others.
struct IncludeTests {
    private func route(_ name: String) -> String { "routes:\n  - name: \(name)\n    backend: b\n" }

    @Test func `included files are read in the order of patterns, sorted within each, each once`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("MAIN") + "include: [z.yaml, routes.d/*.yaml, 'routes.d/a*']\n"),
            ("z.yaml", self.route("Z")), ("routes.d/b.yaml", self.route("B")), ("routes.d/a.yaml", self.route("A")),
            ("routes.d/B.yaml", self.route("UPPER")), ("routes.d/empty.yaml", "# nothing\n"), ("routes.d/c.yml", "x"),
            ("routes.d/sub.yaml/x", "x"), ("routes.d/.hidden.yaml", "x"),
        ])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        let configuration = try #require(result.configuration, "\(result.rendered())")
        #expect(configuration.routes.map(\.name.text) == ["MAIN", "Z", "UPPER", "A", "B"])
        #expect(result.sources.map(\.name).first == "\(directory.path)/routes.yaml")
    }

    @Test func `problems of an included file point into it, and relate to others`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: other.yaml\n"),
            ("other.yaml", "control: none\nzebra: 1\n" + self.route("a") + "    x: 1\n"),
        ])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.diagnostics.map(\.code) == [.includeKey, .includeKey, .duplicateName, .unknownKey])
        #expect(result.diagnostics.allSatisfy { $0.span.file == 1 })
        #expect(result.diagnostics[0].help == "move it to the file that includes this one")
        #expect(result.diagnostics[1].help == "remove it")
        let expected = """
            error[duplicate-name]: `A` is already a name of another route
             --> \(directory.path)/other.yaml:4:11
              |
            4 |   - name: a
              |           ^
             ::: \(directory.path)/routes.yaml:2:11
              |
            2 |   - name: A
              |           - first written here
              |
              = help: remove one of them, or give them different scopes or suffixes
            """
        #expect(DiagnosticRenderer().text(LoadReport(result).diagnostics[2]) == expected)
    }

    @Test(arguments: [
        ("nothere.yaml", DiagnosticCode.includeNotFound, Severity.error),
        ("nothere/*.yaml", .includeMatchesNothing, .warning),
        ("routes.yaml", .includeCycle, .error),
        ("'*.yaml'", .includeCycle, .error),
        ("sub", .unreadableFile, .error),
    ])
    func `an include without a target is reported where it is written`(
        text: String,
        code: DiagnosticCode,
        severity: Severity
    ) throws {
        let marked = Marked(self.route("A") + "include: [①\(text)]\n")
        let directory = try Directory([("routes.yaml", marked.text), ("sub/x", "")])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.diagnostics.map(\.code) == [code], "\(result.rendered())")
        #expect(result.diagnostics.first?.span == marked.span("①", text))
        #expect(result.diagnostics.first?.severity == severity)
        #expect((result.configuration == nil) == (severity == .error))
    }

    @Test func `a file that a wildcard matches and that is not there, or cannot be read, is an error`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: [routes.d/*.yaml]\n"), ("routes.d/b.yaml", self.route("B")),
            ("routes.d/z.yaml", self.route("Z")),
        ])
        let file = "\(directory.path)/routes.yaml", link = "\(directory.path)/routes.d/b.yaml"
        #expect(ConfigurationReader.load(file: file).configuration?.routes.count == 3)
        unlink(link)
        symlink("/nowhere.yaml", link)
        let dangling = ConfigurationReader.load(file: file)
        #expect(dangling.configuration == nil)
        #expect(dangling.diagnostics.map(\.code) == [.includeNotFound])
        #expect(dangling.diagnostics.first?.message.contains("/routes.d/b.yaml` does not exist") == true)
        unlink(link)
        symlink("b.yaml", link)
        let circular = ConfigurationReader.load(file: file)
        #expect(circular.verdict == .unreadable)
        let message = "cannot read `\(link)`: Too many levels of symbolic links"
        #expect(circular.diagnostics.map(\.message) == [message])
    }

    @Test(arguments: ["loop/*.yaml", "*/x.yaml"])
    func `a directory that a wildcard leads to and that cannot be read is an error`(pattern: String) throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: ['\(pattern)']\n"), ("loop", ""),
        ])
        let file = "\(directory.path)/routes.yaml", loop = "\(directory.path)/loop"
        #expect(ConfigurationReader.load(file: file).diagnostics.map(\.code) == [.includeMatchesNothing])
        unlink(loop)
        symlink("loop", loop)
        let result = ConfigurationReader.load(file: file)
        #expect(result.verdict == .unreadable, "\(result.rendered())")
        #expect(result.diagnostics.first?.message.hasPrefix("cannot read `\(loop)") == true, "\(result.rendered())")
    }

    @Test func `wildcards are looked for among so many names and no more`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: ['*/*/x', 'a/*']\n"), ("a/b/x", self.route("B")),
            ("a/c/x", self.route("C")), ("a/d/x", self.route("D")),
        ])
        let file = "\(directory.path)/routes.yaml"
        // Two on the way there, four in it, with . and .., five in a, three x; two on the way there, a, and five in it.
        for names in [0, 2, 5, 9, 13, 15, 21] {
            let result = ConfigurationReader.load(file: file, limits: DocumentLimits(names: names))
            #expect(Set(result.diagnostics.map(\.code)) == [.documentTooLarge], "\(names)")
            #expect(result.configuration == nil)
        }
        let result = ConfigurationReader.load(file: file, limits: DocumentLimits(names: 22))
        #expect(result.configuration?.routes.map(\.name.text) == ["A", "B", "C", "D"], "\(result.rendered())")
        #expect(result.patternDirectories == [directory.path, "\(directory.path)/a"])
    }

    @Test func `wildcards match as the shell has them`() throws {
        let directory = try Directory([
            ("a/one.yaml", ""), ("a/two.yaml", ""), ("b/one.yaml", ""), ("b/.one.yaml", ""), ("c.yaml", ""),
        ])
        func paths(_ pattern: String) -> [String] {
            PathPattern("\(directory.path)/\(pattern)", limit: 1000, until: .now + .seconds(60)).paths.map {
                String($0.dropFirst(directory.path.count + 1))
            }
        }
        #expect(paths("*.yaml") == ["c.yaml"])
        #expect(paths("*/one.yaml") == ["a/one.yaml", "b/one.yaml"])
        #expect(paths("[!a]/*") == ["b/one.yaml"])
        #expect(paths("?//t??.yaml") == ["a/two.yaml"])
        #expect(paths("b/.*.yaml") == ["b/.one.yaml"])
        #expect(paths("a/*/").isEmpty)
        #expect(paths("nowhere/*").isEmpty)
    }

    @Test(.timeLimit(.minutes(1)))
    func `reading a pipe that never ends times out`() throws {
        let directory = try Directory([("pipe", "")])
        let path = "\(directory.path)/pipe"
        unlink(path)
        #expect(mkfifo(path, 0o600) == 0)
        let writer = open(path, O_RDWR)
        defer { close(writer) }
        let done = DispatchSemaphore(value: 0)
        let dripping = Thread {
            repeat { write(writer, "#", 1) } while done.wait(timeout: .now() + .milliseconds(100)) == .timedOut
        }
        dripping.start()
        defer { done.signal() }
        let start = ContinuousClock.now
        let limits = DocumentLimits(time: .seconds(1))
        let result = ConfigurationReader.load(file: path, limits: limits)
        #expect(result.verdict == .unreadable)
        #expect(result.diagnostics.first?.message == "cannot read the file: Connection timed out")
        #expect(ContinuousClock.now - start >= limits.time)
    }

    @Test func `an included file that is a pipe or a device is an error, and is not opened`() throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: ['routes.d/*', /dev/null]\n"), ("routes.d/pipe", ""),
            ("routes.d/socket", ""), ("routes.d/z.yaml", self.route("Z")),
        ])
        let pipe = "\(directory.path)/routes.d/pipe", socket = "\(directory.path)/routes.d/socket"
        unlink(pipe)
        #expect(mkfifo(pipe, 0o600) == 0)
        unlink(socket)
        symlink("/dev/zero", socket)
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.verdict == .unreadable)
        #expect(
            result.diagnostics.map(\.message) == [
                "cannot read `\(pipe)`: not a regular file", "cannot read `\(socket)`: not a regular file",
                "cannot read `/dev/null`: not a regular file",
            ]
        )
        #expect(result.sources.map(\.name) == ["\(directory.path)/routes.yaml", "\(directory.path)/routes.d/z.yaml"])
        // Opening a pipe for writing alone fails where nobody has it open for reading.
        #expect(open(pipe, O_WRONLY | O_NONBLOCK) == -1)
        #expect(FileAccess.read("/dev/zero", limit: 10, isRegular: true, until: .now).isIrregular)
    }

    @Test func `the main file may be a pipe`() throws {
        let directory = try Directory([("x.yaml", self.route("X"))])
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        let text = self.route("A") + "include: \(directory.path)/x.yaml\n"
        #expect(write(ends[1], text, text.utf8.count) == text.utf8.count)
        close(ends[1])
        defer { close(ends[0]) }
        let result = ConfigurationReader.load(file: "/proc/self/fd/\(ends[0])")
        #expect(result.configuration?.routes.map(\.name.text) == ["A", "X"], "\(result.rendered())")
    }

    @Test(arguments: ["other.yaml", "'*.d/*.yaml'"])
    func `a load has so much time and no more, whatever it includes`(pattern: String) throws {
        let directory = try Directory([
            ("routes.yaml", self.route("A") + "include: [\(pattern), nothere.yaml]\n"), ("other.yaml", "*"),
            ("a.d/b.yaml", "*"),
        ])
        let file = "\(directory.path)/routes.yaml"
        let result = ConfigurationReader.load(file: file, limits: DocumentLimits(time: .zero))
        #expect(result.verdict == .unreadable)
        #expect(result.diagnostics.map(\.message) == ["the files take over 0 s to find and read"])
        #expect(result.sources.count == 1)
    }

    @Test func `behind too many files or bytes nothing is read, and files that cannot be read count`() throws {
        let text = self.route("A") + "include: ['*.d/*', nothere.yaml]\n"
        let directory = try Directory([
            ("routes.yaml", text), ("a.d/a", ""), ("a.d/b", ""),
            ("a.d/c", "#2345678"), ("a.d/d", "x"),
        ])
        for name in ["a", "b"] {
            unlink("\(directory.path)/a.d/\(name)")
            #expect(mkfifo("\(directory.path)/a.d/\(name)", 0o600) == 0)
        }
        let file = "\(directory.path)/routes.yaml"
        let few = ConfigurationReader.load(file: file, limits: DocumentLimits(files: 1))
        #expect(few.diagnostics.map(\.code) == [.unreadableFile, .documentTooLarge])
        let small = ConfigurationReader.load(file: file, limits: DocumentLimits(bytes: text.utf8.count + 7))
        #expect(small.diagnostics.map(\.code) == [.unreadableFile, .unreadableFile, .documentTooLarge])
    }

    @Test func `a default route may be in a file that is broken`() throws {
        let directory = try Directory([
            ("routes.yaml", "default_route: X\n" + self.route("A") + "include: other.yaml\n"),
            ("other.yaml", "routes:\n  - name: \"X\n"),
        ])
        let result = ConfigurationReader.load(file: "\(directory.path)/routes.yaml")
        #expect(result.diagnostics.map(\.code) == [.yamlSyntax])
    }

    @Test func `a directory and a file that is not there could not be checked`() throws {
        let directory = try Directory([("x", "")])
        let result = ConfigurationReader.load(file: directory.path)
        #expect(result.verdict == .unreadable)
        #expect(result.diagnostics.map(\.message) == ["this is a directory, not a file"])
        #expect(ConfigurationReader.load(file: "\(directory.path)/y").verdict == .unreadable)
        #expect(ConfigurationReader.load(file: "\(directory.path)/x").verdict == .invalid)
        #expect(ConfigurationReader.load(file: "").verdict == .unreadable)
    }
}

extension FileAccess.Content {
    fileprivate var isIrregular: Bool {
        switch self {
        case .irregular: true
        case .bytes, .tooLarge, .directory, .failed: false
        }
    }
}

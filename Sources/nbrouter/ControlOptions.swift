import ArgumentParser
import Glibc
import RouteConfig
import RouterControl

/// Selects the running router that a command connects to, and reports failed requests.
struct ControlOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The routes file of the router, whose `control` names its control socket.",
            valueName: "FILE"
        ),
        completion: .file(extensions: ["yaml", "yml"])
    )
    var file = RoutesFile.defaultPath

    @Option(
        name: .customLong("control"),
        help: ArgumentHelp("The router's control socket.", valueName: "FILE"),
        completion: .file()
    )
    var path: String?

    @Option(
        help: ArgumentHelp(
            "How long to wait for the router: 500ms, 30s, 5m. (default: 10s; 2s of health, 60s of reload)",
            valueName: "DURATION"
        )
    )
    var timeout: DurationArgument?

    func validate() throws { try self.timeout?.checkTimeout() }

    /// Asks the router once.
    ///
    /// - Parameters:
    ///   - method: Whether something is to be changed.
    ///   - target: The path of HTTP.
    ///   - time: How long the whole answer may take without --timeout.
    /// - Returns: The answer.
    /// - Throws: Exit code 2, after a message that says what was tried and what to do.
    func ask(_ method: ControlClient.Method = .get, _ target: String, within time: Duration) async throws
        -> ControlClient.Answer
    {
        let path = try self.socketPath()
        do {
            return try await ControlClient(path: path).ask(method, target, within: self.timeout?.duration ?? time)
        } catch {
            throw Self.failed(self.message(for: error, path: path))
        }
    }

    /// The maximum length of a response text, in characters; the process on the socket may not be a router.
    private static let longestText = 1000

    /// How long a command waits for what the router knows, without --timeout.
    private static let patience = Duration.seconds(10)

    /// Reads the value at a path.
    func read<Value: Decodable>(
        _ target: String,
        within time: Duration = Self.patience,
        as type: Value.Type = Value.self
    ) async throws -> Value {
        try self.value(of: try await self.ask(.get, target, within: time))
    }

    /// Reads the value at a path; fails without a message.
    func readSilently<Value: Decodable>(_ target: String, as type: Value.Type = Value.self) async throws -> Value {
        let client = ControlClient(path: try self.socketPath())
        return try await client.ask(.get, target, within: self.timeout?.duration ?? Self.patience).value()
    }

    /// Requests a change.
    ///
    /// - Throws: Exit code 1 if the target of the change does not exist, after the router's message; 2 as
    ///   ``ask(_:_:within:)``.
    func change<Value: Decodable>(_ target: String, as type: Value.Type = Value.self) async throws -> Value {
        let answer = try await self.ask(.post, target, within: Self.patience)
        do throws(ControlFailure) {
            return try answer.value(type)
        } catch .refused(let reason) where answer.status == 404 {
            StandardError.write("nbrouter: \(reason.printable(limit: Self.longestText))\n")
            throw ExitCode(1)
        } catch {
            throw Self.failed(self.message(for: error, path: try self.socketPath()))
        }
    }

    /// Decodes the value of a response.
    func value<Value: Decodable>(of answer: ControlClient.Answer, as type: Value.Type = Value.self) throws -> Value {
        do {
            return try answer.value(type)
        } catch {
            throw Self.failed(self.message(for: error, path: try self.socketPath()))
        }
    }

    private func socketPath() throws -> String {
        if let path { return path }
        let control = ControlPath(ofFile: self.file)
        // The default file may be closed to a user who may ask the router.
        if let obstacle = control.obstacle, self.file != RoutesFile.defaultPath {
            throw Self.failed(
                Message(
                    "the routes file cannot be read: \(self.file): \(obstacle)",
                    help: "name the file of the router that runs, or its control socket with --control"
                )
            )
        }
        guard let path = control.path else {
            throw Self.failed(
                Message(
                    "the router has no control socket: \(self.file) has `control: none`",
                    help: "set `control` and send the router SIGHUP, or select another router with --control"
                )
            )
        }
        return path
    }

    private struct Message {
        let problem: String
        let help: String

        init(_ problem: String, help: String) {
            self.problem = problem
            self.help = help
        }
    }

    /// Prints the message, and returns the exit code of a failed request.
    private static func failed(_ message: Message) -> ExitCode {
        StandardError.write("nbrouter: \(message.problem)\n  help: \(message.help)\n")
        return ExitCode(2)
    }

    private func message(for failure: ControlFailure, path: String) -> Message {
        let place = self.place(path)
        switch failure {
        case .noRouter(let reason):
            let isOther = Self.status(of: path).map { $0.st_mode & S_IFMT != S_IFSOCK } ?? false
            return Message(
                "no router is listening on this control socket: \(place): \(isOther ? "not a socket" : reason)",
                help: """
                    start the router (`systemctl start nbrouter`), or select another one with --control \
                    or --config
                    """
            )
        case .notAllowed: return Self.refusal(path: path, place: place)
        case .connection(let reason), .noAnswer(let reason):
            return Message(
                "the request to the router failed: \(place): \(reason)",
                help: "check that the path is a router's control socket, and that the router has the same version"
            )
        case .timedOut(let time):
            return Message(
                "the router did not answer in \(Int(time / .milliseconds(1))) ms: \(place)",
                help: """
                    it is stopped (`ps -C nbrouter -o pid,stat` shows T) or busy (its log shows with what); a longer --timeout \
                    waits for it
                    """
            )
        case .queueFull(let time):
            return Message(
                "the router took no connection in \(Int(time / .milliseconds(1))) ms: \(place): its queue is full",
                help: """
                    it is stopped (`ps -C nbrouter -o pid,stat` shows T), or other clients ask without pause (`ss -xlp` shows \
                    how many wait)
                    """
            )
        case .refused(let reason):
            let words = reason.printable(limit: Self.longestText)
            return Message("the router does not do it: \(words)", help: "see nbrouter-api(5), CONTROL SOCKET")
        }
    }

    /// The control socket, and where its path is from.
    private func place(_ path: String) -> String {
        guard self.path == nil else { return path }
        let control = ControlPath(ofFile: self.file)
        if let obstacle = control.obstacle {
            return "\(path) (the default, as \(self.file) cannot be read: \(obstacle))"
        }
        return "\(path) (\(control.isWritten ? "the `control` of" : "the default, not set in") \(self.file))"
    }

    /// The message for a user whom the permissions of the socket exclude.
    private static func refusal(path: String, place: String) -> Message {
        // A user who may not enter the directory sees its group alone, which is that of the socket too.
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let group = (self.status(of: path) ?? self.status(of: directory))?.st_gid
        let problem = "this user may not ask the router: \(place): permission denied"
        guard group != 0 else {
            return Message(
                "\(problem), its group is root",
                help: "ask as root; or run the router with a group of its own (Group= of its unit), and join that group"
            )
        }
        let name = group.flatMap { getgrgid($0) }.flatMap { $0.pointee.gr_name }.map {
            "the group \(String(cString: $0))"
        }
        return Message(
            problem,
            help: "ask as root, or as a member of \(name ?? "the group that the socket belongs to")"
        )
    }

    /// The status of a file; `nil` when there is none, or this user may not see it.
    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}

extension String {
    /// The text as a path component (RFC 3986 §2.1): all but letters, digits, `-`, `.`, `_` and `~` is percent-encoded.
    var pathPart: String {
        self.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(Unicode.Scalar(byte))
            default:
                (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}

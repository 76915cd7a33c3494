import Glibc

/// A program that is run once and measured.
struct Run {
    private let process: pid_t
    private let started = now()

    /// Starts a program without input and output.
    init(_ command: [String]) throws {
        var process = pid_t(), files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        guard posix_spawnp(&process, command.first ?? "", &files, nil, &arguments, environ) == 0 else {
            throw Failure(call: command.first ?? "no program")
        }
        self.process = process
    }

    /// Returns the duration of the program; `nil` while it runs.
    ///
    /// - Throws: ``Failure`` if it failed.
    func end(waiting: Bool) throws -> Double? {
        var status: CInt = 0
        guard waitpid(self.process, &status, waiting ? 0 : WNOHANG) == self.process else { return nil }
        guard status == 0 else { throw Failure("the program did not succeed: \(status)") }
        return now() - self.started
    }
}

/// `load time`: the duration of a program.
enum Time {
    static func run(_ options: Options) throws {
        let figure = try options.text("figure").split(separator: "/").map(String.init)
        for _ in 0..<(try options.number("rounds")) {
            guard let seconds = try Run(options.command).end(waiting: true) else { continue }
            Record(figure, "nbrouter", seconds).print()
        }
    }
}

/// `load pause`: the longest small exchange over sessions in progress, without and with a program that runs meanwhile.
enum Pause {
    /// The number of sessions, at least one for each event loop.
    private static let sessions = 4
    /// Bytes in each direction.
    private static let size = 100

    static func run(_ options: Options) throws {
        let figure = try options.text("figure"), commandFigure = try options.text("command-figure")
        for target in try options.targets() {
            let sockets = try (0..<self.sessions).map { try target.open(turn: $0) }
            defer { for socket in sockets { socket.close() } }
            let command = Command(.echo, count: .max, size: self.size).bytes
            for socket in sockets { try command.withUnsafeBytes { try socket.sendAll($0) } }
            let seconds = Double(try options.number("milliseconds")) / 1000
            let quiet = now() + seconds
            let without = try self.longest(sockets) { now() >= quiet }
            Record([figure, "without"], target.name, without * 1000).print()
            let program = try Run(options.command)
            var ended: Double?, last = Double.infinity
            let with = try self.longest(sockets) {
                if ended == nil, let time = try program.end(waiting: false) {
                    ended = time
                    last = now() + seconds
                }
                return now() >= last
            }
            Record([figure, "with"], target.name, with * 1000).print()
            Record([commandFigure], target.name, ended ?? 0).print()
        }
    }

    /// Exchanges a few bytes over each session in turn, with a pause after each round, until it is over.
    ///
    /// - Returns: The longest exchange, in seconds.
    private static func longest(_ sockets: [Socket], until isOver: () throws -> Bool) throws -> Double {
        let message = [0, 0, 0, UInt8(self.size)] + [UInt8](repeating: 7, count: self.size)
        var answer = message, longest = 0.0
        while try !isOver() {
            for socket in sockets {
                let started = now()
                try message.withUnsafeBytes { try socket.sendAll($0) }
                try answer.withUnsafeMutableBytes { try socket.receiveAll(into: $0) }
                longest = max(longest, now() - started)
            }
            pause(0.0005)
        }
        return longest
    }
}

import Foundation
import Glibc
import Synchronization

/// A child process of a test: in a process group of its own, with its output in files, killed at the latest with its
/// ``Lan``.
final class ChildProcess: Sendable {
    /// The process id, which is also that of its group.
    let pid: pid_t
    /// The command line, for messages.
    let command: [String]
    /// The files that take its standard output and its standard error.
    let outputFile: URL, errorFile: URL
    /// Held while a program is started, since it inherits every descriptor that is not close-on-exec.
    static let starting = Mutex(())
    private let ended = Mutex<Ending?>(nil)

    /// The end of a process.
    enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// Starts a program, found on the `PATH`, with no standard input.
    init(_ command: [String], output: URL, errors: URL, environment: [String: String] = [:]) throws {
        self.command = command
        self.outputFile = output
        self.errorFile = errors
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, errors.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        var allSignals = sigset_t()
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )

        var variables = ProcessInfo.processInfo.environment
        variables["LC_ALL"] = "C"
        variables["PATH"] = Prerequisites.path
        variables.merge(environment) { $1 }
        var arguments = command.map { strdup($0) } + [nil]
        var settings = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in arguments + settings { free(pointer) } }
        var pid: pid_t = 0
        let program = try Prerequisites.find(command[0])
        let code = Self.starting.withLock { _ in
            posix_spawn(&pid, program, &actions, &attributes, &arguments, &settings)
        }
        guard code == 0 else { throw SystemFailure("start \(command[0])", code: code) }
        self.pid = pid
    }

    /// The end of the process; `nil` while it runs.
    var ending: Ending? {
        self.ended.withLock { ended in
            if ended == nil {
                var status: Int32 = 0
                if waitpid(self.pid, &status, WNOHANG) == self.pid {
                    ended = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
                }
            }
            return ended
        }
    }

    /// Whether it still runs.
    var isRunning: Bool { self.ending == nil }

    /// Waits for its end.
    func wait(within seconds: Double) throws -> Ending {
        do {
            try eventually("the end of \(self.command.joined(separator: " "))", within: seconds) { !self.isRunning }
        } catch {
            self.kill()
            throw error
        }
        guard let ending else { throw WaitedInVain(expected: "an exit status", seconds: seconds) }
        return ending
    }

    /// Sends a signal to the process alone.
    func send(signal: Int32) {
        guard self.isRunning else { return }
        Glibc.kill(self.pid, signal)
    }

    /// Kills the whole group and waits for the process; no effect if it has ended.
    func kill() {
        Glibc.kill(-self.pid, SIGKILL)
        try? eventually("its end", within: 5) { !self.isRunning }
    }

    /// The standard output so far.
    var output: String { Self.text(of: self.outputFile) }

    /// The standard error so far.
    var errors: String { Self.text(of: self.errorFile) }

    private static func text(of file: URL) -> String {
        String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
    }
}

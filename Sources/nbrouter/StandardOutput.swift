import Glibc

/// Standard output, for the results of commands.
///
/// A failed write ends the command with exit code 2 and a message, except if the reader closed the pipe, as `head`
/// does.
enum StandardOutput {
    /// The exit code after a failed write.
    private static let failureExitCode: CInt = 2

    /// Writes a text immediately.
    static func write(_ text: String) {
        let bytes = Array(text.utf8)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // Another process made the terminal non-blocking.
                var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                poll(&descriptor, 1, -1)
            case let number: self.fail(number)
            }
        }
    }

    private static func fail(_ number: CInt) -> Never {
        if number != EPIPE {
            let reason = String(cString: strerror(number)).lowercased()
            StandardError.write("nbrouter: cannot write to standard output: \(reason)\n")
        }
        StandardError.flush()
        exit(self.failureExitCode)
    }

    /// Keeps files and sockets from getting the descriptor of a closed standard stream: reads and writes on that stream
    /// still fail.
    static func keepClosedStreams() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free descriptor, which is this one.
            _ = open("/dev/null", mode)
        }
    }
}

/// Prints a text with ``StandardOutput/write(_:)``; the standard library ignores write errors.
func print(_ text: String, terminator: String = "\n") {
    StandardOutput.write(text + terminator)
}

import Glibc

/// Standard output, where commands write what they were asked for.
///
/// What cannot be written is not lost without a word: the command ends with exit code 2, as one that could not do its work, after
/// a message that says why. It says nothing where the reader of a pipe went away, as `head` does.
enum StandardOutput {
    /// Exit code of a command whose output was lost.
    private static let failureExitCode: CInt = 2

    /// Writes all of the text now.
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
                // Somebody else made the terminal non-blocking.
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

    /// Makes sure that a file or socket that is opened later is not taken for a standard stream that was closed: writing to a
    /// closed one, or reading from it, fails as it should.
    static func keepClosedStreams() {
        for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
        where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest that is free, which is this one.
            _ = open("/dev/null", mode)
        }
    }
}

/// Prints a text and what ends it, as ``StandardOutput/write(_:)`` does; the standard library's loses what cannot be written.
func print(_ text: String, terminator: String = "\n") {
    StandardOutput.write(text + terminator)
}

import Glibc

/// The kernel's figures of a candidate's processes: the main process and its children.
struct ProcessFigures {
    let processes: [pid_t]

    init(_ process: pid_t) {
        self.processes = [process] + Self.children(of: process).flatMap { ProcessFigures($0).processes }
    }

    /// Processor seconds of all threads, with nanosecond resolution (clock_getcpuclockid(3)).
    var processorTime: Double {
        self.processes.reduce(0) { sum, process in
            var clock = clockid_t(), time = timespec()
            guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return sum }
            return sum + Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    }

    /// Resident private memory in bytes, without unmodified file mappings.
    var residentBytes: Int {
        self.processes.reduce(0) { sum, process in
            let lines = TextFile.lines(of: "/proc/\(process)/smaps_rollup")
            let line = lines.first { $0.hasPrefix("Anonymous:") } ?? ""
            return sum + (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
    }

    private static func children(of process: pid_t) -> [pid_t] {
        TextFile.lines(of: "/proc/\(process)/task/\(process)/children")
            .flatMap { $0.split(separator: " ") }.compactMap { pid_t($0) }
    }
}

/// Small files of /proc, and results.
enum TextFile {
    /// Returns the lines of a file; none if it cannot be read.
    static func lines(of path: String) -> [Substring] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part.prefix(count) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    /// Writes to a descriptor.
    static func write(_ text: String, to descriptor: CInt) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Writes a file.
    static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Failure(call: path) }
        fputs(text, file)
        fclose(file)
    }
}

/// Returns the monotonic time in seconds.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Sleeps for some seconds.
func pause(_ seconds: Double) {
    usleep(UInt32(seconds * 1e6))
}

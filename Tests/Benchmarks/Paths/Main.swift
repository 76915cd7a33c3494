import Glibc

/// Measures the code that looks at each byte or frame of a session, with the input that costs it most, beside the two
/// copies by the kernel that each byte takes anyway. Compiled together with the sources of `NetBIOS`.
@main
enum Main {
    static func main() {
        let rounds = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5
        for _ in 0..<rounds {
            let copy = self.copyTime()
            for path in Path.all {
                self.record(path.name, "nbrouter", self.time(of: path))
                self.record(path.name, "copy", copy)
            }
        }
    }

    private static func record(_ path: String, _ candidate: String, _ nanoseconds: Double) {
        print("paths/\(path)\t\(candidate)\t\(nanoseconds)")
    }

    /// Nanoseconds a byte, the least of some runs.
    private static func time(of path: Path) -> Double {
        let input = (0..<path.size).map { path.pattern[$0 % path.pattern.count] }
        let repetitions = max(1, Path.largestRead / path.size)
        let times = (0..<10).map { _ in
            var inputs = [[UInt8]](repeating: input, count: repetitions)
            // Each its own memory, before time is taken.
            for index in inputs.indices { inputs[index].withUnsafeMutableBytes { $0[0] = input[0] } }
            let start = self.processorTime()
            for index in inputs.indices { inputs[index].withUnsafeMutableBytes { path.take($0) } }
            return (self.processorTime() - start) / Double(repetitions * path.size)
        }
        return times.min() ?? .infinity
    }

    /// Nanoseconds a byte of a send and a receive through a pair of sockets, the least of some runs.
    private static func copyTime() -> Double {
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &pair) == 0 else { return .nan }
        defer { for descriptor in pair { close(descriptor) } }
        let step = 64 * 1024
        var bytes = [UInt8](repeating: 7, count: step)
        let times = (0..<10).map { _ in
            let start = self.processorTime()
            for _ in 0..<Path.largestRead / step {
                _ = send(pair[0], bytes, step, 0)
                _ = recv(pair[1], &bytes, step, CInt(MSG_WAITALL))
            }
            return (self.processorTime() - start) / Double(Path.largestRead)
        }
        return times.min() ?? .infinity
    }

    /// Nanoseconds of this process on a processor.
    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// Code that looks at bytes, and the input that costs it most.
struct Path: Sendable {
    let name: String
    /// Bytes that it is given, over and over.
    let pattern: [UInt8]
    /// Bytes that it takes at a time.
    let size: Int
    let take: @Sendable (UnsafeMutableRawBufferPointer) -> Void

    /// Bytes of one read of the relay at most.
    static let largestRead = 512 * 1024

    static let all = [
        walk("frames of 4 KiB", [0, 0, 16, 0] + [UInt8](repeating: 7, count: 4096)),
        walk("empty messages", [0, 0, 0, 0]),
        walk("keep-alives", [0x85, 0, 0, 0]),
        walk("keep-alives and empty messages", [0x85, 0, 0, 0, 0, 0, 0, 0]),
        walk("keep-alives and single bytes", [0x85, 0, 0, 0, 0, 0, 0, 1, 7]),
        sniff("sniffer, empty messages", [0, 0, 0, 0], size: largestRead),
        sniff("sniffer, long message", [0, 0x7F, 0xFF, 0xFF] + [UInt8](repeating: 7, count: 4092), size: 4096),
        Path(name: "request after keep-alives", pattern: [0x85, 0, 0, 0], size: 4096) { bytes in
            var acceptor = SessionAcceptor()
            _ = acceptor.received(Array(bytes))
        },
    ]

    private static func walk(_ name: String, _ pattern: [UInt8]) -> Path {
        Path(name: name, pattern: pattern, size: self.largestRead) { bytes in
            var walker = FrameWalker(dropsKeepAlives: true)
            var span = bytes.mutableBytes
            _ = walker.walk(&span)
        }
    }

    private static func sniff(_ name: String, _ pattern: [UInt8], size: Int) -> Path {
        Path(name: name, pattern: pattern, size: size) { bytes in
            var sniffer = NegotiateSniffer()
            sniffer.receivedFromClient(UnsafeRawBufferPointer(bytes).bytes)
        }
    }
}

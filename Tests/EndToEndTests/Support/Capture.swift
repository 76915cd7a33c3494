import Foundation
import Glibc

/// A recording of the name service packets on a host's network, by tcpdump, read back by tshark: a referee that is not ours.
final class Capture: Sendable {
    private let process: ChildProcess
    private let file: URL
    private let host: Host

    /// One name service packet.
    struct Packet: Sendable {
        /// Seconds since the epoch.
        let time: Double
        let source: String
        let destination: String
        let transaction: Int
        let flags: Int
        /// The name asked for or claimed, as tshark prints it: `XYKON-2<20>`.
        let name: String
    }

    /// Starts to record on a host, and waits until tcpdump does.
    init(on host: Host) throws {
        self.host = host
        self.file = host.folder.newFile("capture.pcap")
        self.process = try host.start(
            [
                "tcpdump", "-i", "eth0", "-n", "-U", "--immediate-mode", "-Z", "root", "-w", self.file.path, "udp",
                "port", "137",
            ])
        try eventually("tcpdump recording") {
            guard self.process.isRunning else { throw WaitedInVain(expected: self.process.errors, seconds: 0) }
            return self.process.errors.contains("listening on")
        }
    }

    /// Waits until the packets so far fulfil a condition, and returns them in order.
    func packets(
        _ expected: String,
        within seconds: Double = 15,
        until condition: ([Packet]) -> Bool
    ) throws -> [Packet] {
        var packets: [Packet] = []
        do {
            try eventually(expected, within: seconds) {
                packets = try self.packets()
                return condition(packets)
            }
        } catch let error as WaitedInVain {
            throw WaitedInVain(expected: "\(expected) among \(packets)", seconds: error.seconds)
        }
        return packets
    }

    /// Stops recording and returns what was recorded, in order.
    func stop() throws -> [Packet] {
        // What the network has delivered by now, the kernel has handed to tcpdump; an interrupt has it write that out.
        self.process.send(signal: SIGINT)
        _ = try self.process.wait(within: 10)
        return try self.packets()
    }

    private func packets() throws -> [Packet] {
        let fields = ["frame.time_epoch", "ip.src", "ip.dst", "nbns.id", "nbns.flags", "nbns.name"]
        // Of a file that still grows tshark may complain that its last packet is cut short; the others it prints.
        let finished = try self.host.run(
            ["tshark", "-n", "-r", self.file.path, "-Y", "nbns", "-T", "fields", "-E", "occurrence=f"]
                + fields.flatMap { ["-e", $0] }
        )
        return finished.output.split(separator: "\n").compactMap { Packet(line: $0) }
    }
}

extension Capture.Packet {
    fileprivate init?(line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6, let time = Double(fields[0]) else { return nil }
        func number(_ text: String) -> Int { Int(text.drop { $0 == "0" || $0 == "x" }, radix: 16) ?? 0 }
        self.init(
            time: time,
            source: fields[1],
            destination: fields[2],
            transaction: number(fields[3]),
            flags: number(fields[4]),
            name: fields[5]
        )
    }
}

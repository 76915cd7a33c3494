import Foundation
import Glibc

/// A recording of packets on a host's network by tcpdump, decoded by tshark as an independent reference.
final class Recording: Sendable {
    private let process: ChildProcess
    private let file: URL
    private let host: Host

    /// Starts to record what fits a filter of pcap-filter(7), and waits until tcpdump does.
    init(of filter: String, on host: Host) throws {
        self.host = host
        self.file = host.folder.newFile("capture.pcap")
        self.process = try host.start(
            ["tcpdump", "-i", "eth0", "-n", "-U", "--immediate-mode", "-Z", "root", "-w", self.file.path]
                + filter.split(separator: " ").map(String.init)
        )
        try eventually("tcpdump recording") {
            guard self.process.isRunning else { throw WaitedInVain(expected: self.process.errors, seconds: 0) }
            return self.process.errors.contains("listening on")
        }
    }

    /// Ends the recording when everything up to now is in it.
    func stop() throws {
        // The kernel has passed all delivered packets to tcpdump; an interrupt makes it write them.
        self.process.send(signal: SIGINT)
        _ = try self.process.wait(within: 10)
    }

    /// Returns the fields of the packets so far that match a display filter, as tshark prints them: a row for each, in
    /// order.
    func rows(_ filter: String, fields: [String]) throws -> [[String]] {
        // tshark may report a truncated last packet of a growing file; it prints the others.
        let finished = try self.host.run(
            ["tshark", "-n", "-r", self.file.path, "-Y", filter, "-T", "fields", "-E", "occurrence=f"]
                + fields.flatMap { ["-e", $0] }
        )
        return finished.output.split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        .filter { $0.count == fields.count }
    }
}

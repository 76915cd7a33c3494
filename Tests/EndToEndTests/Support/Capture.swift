/// A recording of the name service packets on a host's network.
final class Capture: Sendable {
    private let recording: Recording

    /// One name service packet.
    struct Packet: Sendable {
        /// Seconds since the epoch.
        let time: Double
        let source: String
        let destination: String
        let transaction: Int
        let flags: Int
        /// The name in the packet, in tshark's notation: `XYKON-2<20>`.
        let name: String
    }

    /// Starts to record on a host, and waits until tcpdump does.
    init(on host: Host) throws {
        self.recording = try Recording(of: "udp port 137", on: host)
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
        try self.recording.stop()
        return try self.packets()
    }

    private func packets() throws -> [Packet] {
        let fields = ["frame.time_epoch", "ip.src", "ip.dst", "nbns.id", "nbns.flags", "nbns.name"]
        return try self.recording.rows("nbns", fields: fields).compactMap { Packet($0) }
    }
}

extension Capture.Packet {
    fileprivate init?(_ fields: [String]) {
        guard let time = Double(fields[0]) else { return nil }
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

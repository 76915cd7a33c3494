import Glibc

/// `load names`: queries for a name, a number of them outstanding at any time.
enum Names {
    /// The name service to query.
    private struct Service {
        let name: String
        let address: UInt32
        let port: UInt16
        let figures: ProcessFigures
        let query: [UInt8]

        /// Parses `NAME,ADDRESS,PORT,PROCESS`; dnsmasq is queried for the address of a host, the others for that of a
        /// NetBIOS name.
        init(_ text: String) throws {
            let parts = text.split(separator: ",").map(String.init)
            var address = in_addr()
            guard parts.count == 4, inet_aton(parts[1], &address) != 0, let port = UInt16(parts[2]),
                let process = pid_t(parts[3])
            else { throw Failure("not a name service: \(text)") }
            self.name = parts[0]
            self.address = UInt32(bigEndian: address.s_addr)
            self.port = port
            self.figures = ProcessFigures(process)
            let isDNS = parts[0] == "dnsmasq"
            let name = isDNS ? [6] + Array("target".utf8) + [0] : Target.encoded("TARGET", suffix: 0x20)
            // One question with recursion desired, of type A or NB, class IN.
            self.query = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, isDNS ? 1 : 0x20, 0, 1]
        }
    }

    static func run(_ options: Options) throws {
        let services = try options.all("service").map { try Service($0) }
        let count = try options.number("count")
        for _ in 0..<(try options.number("rounds")) {
            for service in services {
                for window in try options.numbers("windows") {
                    let started = now(), before = service.figures.processorTime
                    let load = ProcessFigures(processes: [getpid()]), loadBefore = load.processorTime
                    let lost = try Self.ask(service, count: count, window: window)
                    let wall = now() - started, time = service.figures.processorTime - before
                    let share = (load.processorTime - loadBefore) / wall
                    Record(["names", "cpu", "\(window)"], service.name, time / Double(count) * 1e6).print()
                    Record(["names", "per second", "\(window)"], service.name, Double(count) / wall).print()
                    Record(["names", "lost", "\(window)"], service.name, Double(lost)).print()
                    Record(["load share", "names"], service.name, share).print()
                }
            }
        }
    }

    /// Sends queries, and waits for all responses.
    ///
    /// - Returns: The number of retransmissions.
    private static func ask(_ service: Service, count: Int, window: Int) throws -> Int {
        let socket = try Socket.datagrams(to: service.address, service.port)
        defer { socket.close() }
        let poller = Poller()
        poller.add(socket.descriptor, mark: 0)
        var query = service.query, answer = [UInt8](repeating: 0, count: 600)
        var asked = 0, answered = 0, lost = 0
        func ask() throws {
            query[0] = UInt8(truncatingIfNeeded: asked >> 8)
            query[1] = UInt8(truncatingIfNeeded: asked)
            asked += 1
            _ = try query.withUnsafeBytes { try socket.send($0) }
        }
        for _ in 0..<min(window, count) { try ask() }
        while answered < count {
            guard !poller.wait(limit: 500).isEmpty else {
                guard answered > 0 || lost < 10 * window else { throw Failure("\(service.name) does not answer") }
                for _ in 0..<min(window, count - answered) { try ask() }
                lost += window
                continue
            }
            var taken = 0
            while let length = try answer.withUnsafeMutableBytes({ try socket.receive(into: $0) }), taken < window {
                guard length > 12, answer[2] & 0x80 != 0, answer[3] & 0x0F == 0, answer[7] == 1 else {
                    throw Failure("\(service.name) answered with \(answer.prefix(length))")
                }
                answered += 1
                taken += 1
            }
            for _ in 0..<min(taken, max(count - answered, 0)) { try ask() }
        }
        return lost
    }
}

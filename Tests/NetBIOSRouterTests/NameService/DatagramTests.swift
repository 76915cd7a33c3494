import Glibc
import Sockets
import NetBIOS
import Testing

@testable import NetBIOSRouter

struct DatagramTests {
    /// A UDP socket bound to 127.0.0.1.
    private final class BoundSocket {
        let descriptor: CInt
        let endpoint: NameServiceEndpoint

        init() throws {
            let type = CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
            self.descriptor = socket(AF_INET, type, 0)
            let loopback = IPv4Address(127, 0, 0, 1)
            let descriptor = self.descriptor
            let status = sockaddr_in(loopback, port: 0).withSockaddr { bind(descriptor, $0, $1) }
            try #require(status == 0)
            let address = try #require(Endpoint(localAddressOf: descriptor))
            self.endpoint = NameServiceEndpoint(loopback, port: address.port)
        }

        deinit { close(self.descriptor) }

        /// Waits for a datagram or an error, with a time limit.
        func becomesReadable() -> Bool {
            var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&descriptor, 1, 5000) == 1
        }

        func say(arrival: Bool) {
            var value: CInt = arrival ? 1 : 0
            let level = CInt(IPPROTO_IP)
            setsockopt(self.descriptor, level, IP_PKTINFO, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// Receives a number of datagrams, batch by batch.
    private func received(_ count: Int, on socket: BoundSocket, reportsArrival: Bool = false) -> [[ReceivedDatagram]] {
        let receiver = DatagramReceiver()
        var batches: [[ReceivedDatagram]] = []
        while batches.reduce(0, { $0 + $1.count }) < count, socket.becomesReadable() {
            var batch: [ReceivedDatagram] = []
            let count = receiver.receive(from: socket.descriptor, reportsArrival: reportsArrival) { batch.append($0) }
            #expect(count == batch.count)
            batches.append(batch)
        }
        #expect(receiver.receive(from: socket.descriptor, reportsArrival: reportsArrival) { _ in } == 0, "no more")
        return batches
    }

    @Test func `datagrams sent together are received in order, in batches, with their sources`() throws {
        let sender = try BoundSocket(), recipient = try BoundSocket()
        let payloads = (0..<DatagramBatch.limit).map { [UInt8](repeating: UInt8($0), count: $0) }
        var batch = DatagramBatch()
        for payload in payloads {
            #expect(!batch.isFull)
            batch.append(payload, to: recipient.endpoint)
        }
        #expect(batch.isFull)
        batch.send(on: sender.descriptor)
        #expect(batch.isEmpty)
        let batches = self.received(payloads.count, on: recipient)
        #expect(batches.allSatisfy { $0.count <= DatagramReceiver.limit })
        let datagrams = batches.flatMap { $0 }
        #expect(datagrams.map(\.bytes) == payloads)
        #expect(datagrams.allSatisfy { $0.source == sender.endpoint && $0.arrival == nil })
    }

    @Test func `a datagram that the kernel refuses does not delay those after it`() throws {
        let sender = try BoundSocket(), recipient = try BoundSocket()
        var batch = DatagramBatch()
        batch.append([1], to: recipient.endpoint)
        // Longer than any IPv4 datagram, and a broadcast without permission.
        batch.append([UInt8](repeating: 2, count: 70_000), to: recipient.endpoint)
        batch.append([3], to: NameServiceEndpoint(.limitedBroadcast, port: 9))
        batch.append([4], to: recipient.endpoint)
        batch.send(on: sender.descriptor)
        #expect(self.received(2, on: recipient).flatMap { $0 }.map(\.bytes) == [[1], [4]])
    }

    @Test func `a datagram that is too long for the name service is truncated`() throws {
        let sender = try BoundSocket(), recipient = try BoundSocket()
        var batch = DatagramBatch()
        batch.append([UInt8](repeating: 7, count: 9000), to: recipient.endpoint)
        batch.append([8], to: recipient.endpoint)
        batch.send(on: sender.descriptor)
        let lengths = self.received(2, on: recipient).flatMap { $0 }.map(\.bytes.count)
        #expect(lengths == [1024, 1])
    }

    @Test func `the kernel reports the arrival of a datagram if requested`() throws {
        let sender = try BoundSocket(), recipient = try BoundSocket()
        recipient.say(arrival: true)
        var batch = DatagramBatch()
        for number in 0..<40 { batch.append([UInt8(number)], to: recipient.endpoint) }
        batch.send(on: sender.descriptor)
        let datagrams = self.received(40, on: recipient, reportsArrival: true).flatMap { $0 }
        #expect(datagrams.count == 40)
        let loopback = Int(if_nametoindex("lo"))
        #expect(datagrams.allSatisfy { $0.arrival?.destination == IPv4Address(127, 0, 0, 1) })
        #expect(datagrams.allSatisfy { $0.arrival?.interfaceIndex == loopback })
    }

    @Test func `a pending error differs from an empty socket, and is cleared`() throws {
        let recipient = try BoundSocket()
        // Connected to port 1, which is closed: the kernel reports the refusal at the next receive.
        let status = sockaddr_in(IPv4Address(127, 0, 0, 1), port: 1).withSockaddr {
            connect(recipient.descriptor, $0, $1)
        }
        try #require(status == 0)
        send(recipient.descriptor, [1], 1, 0)
        #expect(recipient.becomesReadable())
        let receiver = DatagramReceiver()
        #expect(receiver.receive(from: recipient.descriptor, reportsArrival: false) { _ in } == nil)
        #expect(receiver.receive(from: recipient.descriptor, reportsArrival: false) { _ in } == 0)
    }
}

import NIOCore
import NetBIOS
import RouteConfig

/// Carries bytes between a client and its backend, both ways, as they arrive. Belongs to one event loop.
///
/// A direction is read again when the other end has taken the last read whole, so a stalled reader stalls its writer. A FIN is
/// passed on behind the last byte that came before it. The session is over when both connections are closed.
final class Relay: SessionHolder {
    /// How long a session may be silent once one end has closed its half, or is gone while the other has not taken all.
    static let halfClosedLimit = TimeAmount.seconds(60)

    private let loop: SocketLoop
    private let environment: SessionEnvironment
    // Unchecked: the relay is the loop's alone, and no call that an end is lent to comes back here.
    @exclusivity(unchecked) private var client: RelayEnd
    @exclusivity(unchecked) private var backend: RelayEnd
    private(set) var record: SessionRecord
    private var sniffer = NegotiateSniffer()
    private let traffic: RouteTraffic
    private let idleLimit: TimeAmount?
    private var lastActivity: NIODeadline
    private var idleCheck: LoopTimer?

    /// - Parameters:
    ///   - client: The client's connection, accepted and not answered yet.
    ///   - backend: The backend's, on the same event loop.
    ///   - record: What is known of the session so far.
    ///   - environment: Told when the session is over.
    ///   - loop: The event loop of both.
    init(
        client: StreamSocket,
        backend: StreamSocket,
        record: SessionRecord,
        environment: SessionEnvironment,
        loop: SocketLoop
    ) {
        self.client = RelayEnd(socket: client, walker: FrameWalker(dropsKeepAlives: true))
        self.backend = RelayEnd(socket: backend, walker: FrameWalker(dropsKeepAlives: false))
        self.record = record
        self.environment = environment
        self.loop = loop
        self.traffic = environment.traffic(of: record)
        self.idleLimit = environment.routes.current.configuration.sessions.idleTimeout.map { TimeAmount($0) }
        self.lastActivity = loop.now
    }

    /// Answers the client, passes on what it sent early, and begins to read. The relay is the handler of both sockets.
    func start(answer: [UInt8], early: [UInt8]) {
        self.scheduleIdleCheck()
        self.write(answer, to: .client)
        if !early.isEmpty {
            let buffer = self.loop.buffers.take()
            // The acceptor keeps one read at most, which is less than the buffer has room for.
            buffer.bytes.copyBytes(from: early)
            self.received(early.count, in: buffer, from: .client)
        }
        // What was ready before the relay was there is not told again.
        for side in [RelaySide.client, .backend] where self[side].socket.mayRead {
            self.loop.tryAgain(self[side].socket.id)
        }
    }

    /// Ends the session from this side of it.
    func end(with end: SessionEnd) {
        self.record.ends(with: end)
        for side in [RelaySide.client, .backend] { self.close(side) }
    }

    // MARK: - What the loop says

    func socket(_ id: SocketID, is readiness: Readiness) {
        let side: RelaySide = id == self.client.socket.id ? .client : .backend
        self[side].socket.noted(readiness)
        if readiness.contains(.broken) { return self.broke(side) }
        if self[side].unsent != nil, self[side].socket.mayWrite { self.sendRest(to: side) }
        self.read(from: side)
    }

    /// Reads once, unless the other end has not taken the last read yet.
    private func read(from side: RelaySide) {
        guard self[side].isOpen, self[side].socket.mayRead, !self[side].inputClosed, self[side.other].isOpen,
            self[side.other].unsent == nil
        else { return }
        let buffer = self.loop.buffers.take()
        let memory = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(self.loop.buffers.readLimit))
        switch self[side].socket.receive(into: memory) {
        case .bytes(let count):
            self.received(count, in: buffer, from: side)
            if self[side].socket.mayRead { self.loop.tryAgain(self[side].socket.id) }
        case .nothing:
            self.loop.buffers.giveBack(buffer)
        case .end:
            self.loop.buffers.giveBack(buffer)
            if self[side].isBroken { self.close(side) } else { self.inputClosed(side) }
        case .failed:
            self.loop.buffers.giveBack(buffer)
            self.close(side)
        }
    }

    // MARK: - Bytes

    /// Passes on what was read, and the buffer with it.
    private func received(_ count: Int, in buffer: ReceiveBuffer, from side: RelaySide) {
        self.lastActivity = self.loop.now
        switch side {
        case .client: self.record.bytesIn += count
        case .backend: self.record.bytesOut += count
        }
        self.traffic.add(count, from: side)
        let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes.prefix(count))
        if !self.sniffer.isFinished { self.sniff(bytes, from: side) }
        switch self[side].walker.walk(bytes.bytes) {
        case .forwardAll:
            self.write(0..<count, of: buffer, to: side.other)
        case .forward(let ranges):
            self.write(0..<buffer.gather(ranges), of: buffer, to: side.other)
        case .violation(let ranges, _):
            self.record.ends(with: .protocolViolation)
            self.write(0..<buffer.gather(ranges), of: buffer, to: side.other)
            self.close(side)
        }
    }

    /// Looks for the SMB dialect, in the first messages alone.
    private func sniff(_ bytes: UnsafeRawBufferPointer, from side: RelaySide) {
        switch side {
        case .client: self.sniffer.receivedFromClient(bytes.bytes)
        case .backend: self.sniffer.receivedFromBackend(bytes.bytes)
        }
        self.record.dialect = self.sniffer.chosen
    }

    /// Writes what the router itself has to say, before anything else.
    private func write(_ bytes: [UInt8], to side: RelaySide) {
        if !self[side].socket.send(bytes) { self.broke(side) }
    }

    /// Writes to an end, and keeps what its socket does not take.
    private func write(_ range: Range<Int>, of buffer: ReceiveBuffer, to side: RelaySide) {
        guard !range.isEmpty, self[side].isOpen, !self[side].outputClosed else {
            return self.loop.buffers.giveBack(buffer)
        }
        guard let count = self[side].socket.send(UnsafeRawBufferPointer(rebasing: buffer.bytes[range])) else {
            self.loop.buffers.giveBack(buffer)
            return self.broke(side)
        }
        if count < range.count {
            self[side].unsent = self.loop.buffers.keep(buffer, (range.lowerBound + count)..<range.upperBound)
        } else {
            self.loop.buffers.giveBack(buffer)
        }
    }

    /// The socket of an end takes bytes again.
    private func sendRest(to side: RelaySide) {
        guard var unsent = self[side].unsent else { return }
        guard let count = self[side].socket.send(unsent.bytes) else { return self.broke(side) }
        if count > 0 { self.lastActivity = self.loop.now }
        unsent.sent(count)
        self[side].unsent = unsent
        guard unsent.bytes.isEmpty else { return }
        self.loop.buffers.release(unsent)
        self[side].unsent = nil
        if self[side.other].inputClosed {
            self.passInputClosedOn(from: side.other)
        } else {
            self.read(from: side.other)
        }
    }

    // MARK: - Ends

    private func inputClosed(_ side: RelaySide) {
        guard !self[side].inputClosed else { return }
        self[side].inputClosed = true
        self.lastActivity = self.loop.now
        self.record.ends(with: side == .client ? .client : .backend)
        self.scheduleIdleCheck()
        if self[side.other].unsent == nil { self.passInputClosedOn(from: side) }
        self.closeIfFinished(side)
    }

    /// All that `side` sent has been taken by the other end: its FIN follows, or the close where `side` is gone.
    private func passInputClosedOn(from side: RelaySide) {
        let target = side.other
        guard self[target].isOpen else { return }
        if !self[side].isOpen { return self.close(target) }
        if !self[target].outputClosed {
            self[target].outputClosed = true
            // To close a connection whose end is read sends our FIN, too.
            if !self[target].inputClosed { self[target].socket.finish() }
        }
        self.closeIfFinished(target)
    }

    /// Closes a connection on which neither side sends anything more.
    private func closeIfFinished(_ side: RelaySide) {
        let end = self[side]
        if end.isOpen, end.inputClosed, end.outputClosed, end.unsent == nil { self.close(side) }
    }

    /// Nothing can be written to this end any more, but there may be something of it to read, and to pass on.
    private func broke(_ side: RelaySide) {
        guard self[side].isOpen else { return }
        self[side].isBroken = true
        self[side].outputClosed = true
        self.forgetUnsent(of: side)
        self[side].socket.readToEnd()
        // Where the other end is gone, or stalls, there is nobody to read it for.
        let other = self[side.other]
        if self[side].inputClosed || !other.isOpen || other.unsent != nil { return self.close(side) }
        self.lastActivity = self.loop.now
        self.scheduleIdleCheck()
        self.loop.tryAgain(self[side].socket.id)
    }

    private func close(_ side: RelaySide) {
        guard self[side].isOpen else { return }
        self[side].isOpen = false
        self[side].inputClosed = true
        self[side].socket.close(on: self.loop)
        self.forgetUnsent(of: side)
        self.record.ends(with: side == .client ? .client : .backend)
        let other = self[side.other]
        if other.isOpen, other.unsent == nil {
            self.close(side.other)
        } else if other.isOpen {
            // The other end has its whole time for what it has not taken yet, however long it has been silent.
            self.lastActivity = self.loop.now
            self.scheduleIdleCheck()
        } else {
            self.loop.cancel(self.idleCheck)
            self.record.isSMB1Refused = self.sniffer.isSMB1Refused(closedByBackend: self.record.end == .backend)
            self.environment.ended(self.record, on: self.loop)
        }
    }

    private func forgetUnsent(of side: RelaySide) {
        if let unsent = self[side].unsent { self.loop.buffers.release(unsent) }
        self[side].unsent = nil
    }

    // MARK: - Silence

    /// How long the session may be silent now.
    private var silenceLimit: TimeAmount? {
        guard self.client.isEnding || self.backend.isEnding else { return self.idleLimit }
        return min(self.idleLimit ?? Self.halfClosedLimit, Self.halfClosedLimit)
    }

    private func scheduleIdleCheck() {
        self.loop.cancel(self.idleCheck)
        guard let limit = self.silenceLimit else { return }
        self.idleCheck = self.loop.schedule(at: self.lastActivity + limit) {
            if self.loop.now - self.lastActivity >= limit {
                self.end(with: .idleTimeout)
            } else {
                self.scheduleIdleCheck()
            }
        }
    }

    private subscript(_ side: RelaySide) -> RelayEnd {
        _read {
            switch side {
            case .client: yield self.client
            case .backend: yield self.backend
            }
        }
        _modify {
            switch side {
            case .client: yield &self.client
            case .backend: yield &self.backend
            }
        }
    }
}

@available(*, unavailable)
extension Relay: Sendable {}

import NetBIOS
import Sockets

/// Moves the frames of one session between its two connections. Confined to one event loop.
///
/// A direction is read again only when the receiver has taken the last read whole, so a stalled receiver stalls its sender at
/// bounded memory.
struct FrameRelay: ~Copyable {
    private var client: End
    private var backend: End
    private(set) var sniffer = NegotiateSniffer()

    fileprivate struct End: ~Copyable {
        var socket = StreamSocket()
        /// Follows the frames that this end sends.
        var walker: FrameWalker
        /// Whether the last read had frames shorter than any SMB message, or none was made: the next one is small.
        var mayHaveTinyFrames = true
        /// Bytes for this end that its socket has not taken.
        var unsent: UnsentBytes?

        init(dropsKeepAlives: Bool) {
            self.walker = FrameWalker(dropsKeepAlives: dropsKeepAlives)
        }

        func isSocket(_ id: SocketID) -> Bool { self.socket.id == id }
    }

    /// - Parameter client: The client's connection.
    init(client: consuming StreamSocket) {
        self.client = End(dropsKeepAlives: true)
        self.backend = End(dropsKeepAlives: false)
        self.client.socket = consume client
    }

    /// Adds the backend's connection.
    mutating func connect(_ backend: consuming StreamSocket) {
        self.backend.socket = consume backend
    }

    /// Makes `handler` the handler of both connections.
    func setHandler(_ handler: any SocketHandler) {
        self.client.socket.setHandler(handler)
        self.backend.socket.setHandler(handler)
    }

    /// The router's local address of the client's connection.
    var localEndpoint: Endpoint? { self.client.socket.localEndpoint }

    // MARK: - Readiness

    /// Records what the loop reported.
    ///
    /// - Returns: The side whose socket it is.
    mutating func record(_ readiness: Readiness, of id: SocketID) -> SessionSide {
        let side: SessionSide = self.client.isSocket(id) ? .client : .backend
        self[side].socket.record(readiness)
        return side
    }

    func mayRead(_ side: SessionSide) -> Bool { self[side].socket.mayRead }

    func requestTurn(_ side: SessionSide) { self[side].socket.requestTurn() }

    /// Continues reads of a broken connection until its end.
    mutating func readToEnd(_ side: SessionSide) { self[side].socket.readToEnd() }

    /// The state of a side's output after a write.
    enum Output: Hashable {
        /// Nothing was pending.
        case unchanged
        /// Everything was sent.
        case taken
        /// Some bytes are kept for later.
        case blocked
        /// The connection is broken; pending bytes are lost.
        case failed
    }

    // MARK: - Reading

    /// The result of ``transfer(from:buffers:)``.
    struct Transfer {
        /// Bytes that were read.
        var byteCount = 0
        var input = Input.open
        /// The output of the other side.
        var output = Output.unchanged

        enum Input: Hashable {
            case open
            /// A FIN was read.
            case ended
            /// The connection was reset or timed out.
            case failed
            /// A packet that the protocol forbids follows the bytes that were passed on.
            case violated
        }
    }

    /// Reads once from a side and writes to the other.
    mutating func transfer(from side: SessionSide, buffers: ReceiveBuffers) -> Transfer {
        let buffer = buffers.take()
        let limit = self[side].mayHaveTinyFrames ? ReceiveBuffers.smallRead : buffers.readLimit
        let memory = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(limit))
        switch self.receive(from: side, into: memory) {
        case .bytes(let count):
            return self.pass(count, in: buffer, from: side, buffers: buffers)
        case .nothing:
            buffers.giveBack(buffer)
            return Transfer()
        case .end:
            buffers.giveBack(buffer)
            return Transfer(input: .ended)
        case .failed:
            buffers.giveBack(buffer)
            return Transfer(input: .failed)
        }
    }

    /// Reads as many bytes as `memory` has room for.
    mutating func receive(
        from side: SessionSide,
        into memory: UnsafeMutableRawBufferPointer
    ) -> StreamSocket.Received { self[side].socket.receive(into: memory) }

    /// Passes on bytes that a side sent before the session was relayed.
    mutating func pass(_ bytes: [UInt8], from side: SessionSide, buffers: ReceiveBuffers) -> Transfer {
        let buffer = buffers.take()
        // One small read at most: the buffer has room for more.
        buffer.bytes.copyBytes(from: bytes)
        return self.pass(bytes.count, in: buffer, from: side, buffers: buffers)
    }

    private mutating func pass(
        _ count: Int,
        in buffer: ReceiveBuffer,
        from side: SessionSide,
        buffers: ReceiveBuffers
    ) -> Transfer {
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes.prefix(count))
        if !self.sniffer.isFinished { self.sniff(UnsafeRawBufferPointer(bytes).bytes, from: side) }
        var span = bytes.mutableBytes
        let walk = self[side].walker.walk(&span)
        self[side].mayHaveTinyFrames = walk.frameCount * Self.tinyFrame > count
        buffers.budget.spend(count + walk.frameCount * Self.frameWork)
        return Transfer(
            byteCount: count,
            input: walk.violation == nil ? .open : .violated,
            output: self[side.other].write(0..<walk.count, of: buffer, buffers: buffers)
        )
    }

    /// Bytes, on average, of frames that make the next read small: an SMB message with its frame has 36 at least.
    private static let tinyFrame = 32
    /// The work of a frame, which takes as long as to move so many bytes.
    private static let frameWork = 16

    private mutating func sniff(_ bytes: RawSpan, from side: SessionSide) {
        switch side {
        case .client: self.sniffer.receivedFromClient(bytes)
        case .backend: self.sniffer.receivedFromBackend(bytes)
        }
    }

    // MARK: - Writing

    /// Writes the first few bytes to the client; whatever its socket does not take is lost.
    mutating func sendToClient(_ bytes: [UInt8]) -> Bool { self.client.socket.send(bytes) }

    /// Writes kept bytes to a side whose socket is writable.
    ///
    /// - Returns: The output, and the number of bytes written.
    mutating func flush(_ side: SessionSide) -> (output: Output, byteCount: Int) {
        self[side].flush()
    }

    // MARK: - Ends

    /// Discards the bytes for a broken side.
    ///
    /// - Returns: Whether bytes of the other side are known to be lost: kept here, not acknowledged by the peer, or
    ///   still unread.
    mutating func discardOutput(of side: SessionSide) -> Bool {
        self[side].discardOutput() || self.hasUnreadBytes(side.other)
    }

    /// Whether the kernel holds unread bytes of a side.
    func hasUnreadBytes(_ side: SessionSide) -> Bool { self[side].socket.unreadCount > 0 }

    /// The number of bytes written to a side that it has not acknowledged; zero or negative if there are none.
    func undrainedCount(_ side: SessionSide) -> Int { self[side].socket.unacknowledgedCount }

    /// Sends a FIN to a side.
    func finish(_ side: SessionSide) { self[side].socket.finish() }

    /// Closes both sides.
    mutating func close(client: SessionMachine.Disposal, backend: SessionMachine.Disposal) {
        // Decided for both before either is closed: a closed socket reports no unread bytes.
        let (isClientReset, isBackendReset) = (self.isReset(client), self.isReset(backend))
        self.client.close(isReset: isClientReset)
        self.backend.close(isReset: isBackendReset)
    }

    /// Closes one side.
    mutating func close(_ side: SessionSide, _ disposal: SessionMachine.Disposal) {
        self[side].close(isReset: self.isReset(disposal))
    }

    private func isReset(_ disposal: SessionMachine.Disposal) -> Bool {
        switch disposal {
        case .close: false
        case .reset: true
        case .closeIfQuiet: !(self.isQuiet(.client) && self.isQuiet(.backend))
        }
    }

    /// Whether the stream of a side is between two frames, and all received bytes were passed on.
    private func isQuiet(_ side: SessionSide) -> Bool {
        self[side].walker.isBetweenFrames && !self.hasUnreadBytes(side) && self[side.other].unsent == nil
    }

    private subscript(side: SessionSide) -> End {
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

extension FrameRelay.End {
    /// Writes a range of a lent buffer; keeps what the socket does not take.
    fileprivate mutating func write(
        _ range: Range<Int>,
        of buffer: ReceiveBuffer,
        buffers: ReceiveBuffers
    ) -> FrameRelay.Output {
        guard !range.isEmpty else {
            buffers.giveBack(buffer)
            return .unchanged
        }
        guard let count = self.socket.send(UnsafeRawBufferPointer(rebasing: buffer.bytes[range])) else {
            buffers.giveBack(buffer)
            return .failed
        }
        guard count < range.count else {
            buffers.giveBack(buffer)
            return .taken
        }
        self.unsent = buffers.keep(buffer, (range.lowerBound + count)..<range.upperBound)
        return .blocked
    }

    fileprivate mutating func flush() -> (output: FrameRelay.Output, byteCount: Int) {
        guard self.unsent != nil, self.socket.mayWrite else { return (.unchanged, 0) }
        let sent = self.sendUnsent()
        guard let sent else { return (.failed, 0) }
        self.unsent?.removeFirst(sent)
        guard self.unsent?.count == 0 else { return (.blocked, sent) }
        self.unsent = nil
        return (.taken, sent)
    }

    private mutating func sendUnsent() -> Int? {
        guard let bytes = self.unsent?.bytes else { return 0 }
        return self.socket.send(bytes)
    }

    fileprivate mutating func close(isReset: Bool) {
        if isReset { self.socket.resetOnClose() }
        self.socket.close()
        self.unsent = nil
    }

    fileprivate mutating func discardOutput() -> Bool {
        defer { self.unsent = nil }
        return self.unsent != nil || self.socket.unacknowledgedCount > 0
    }
}

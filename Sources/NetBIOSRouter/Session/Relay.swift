import NetBIOS
import NIOCore
import RouteConfig

/// Which end of a session.
enum RelaySide: Hashable, Sendable {
    case client, backend
}

/// Carries bytes between a client and its backend, both ways, as they arrive. Belongs to one event loop.
///
/// The next read of a direction is asked for when the other end has taken the last, so a stalled reader stalls its writer.
/// Only what stands before a FIN is read at once, for NIO reads a finished stream to its end: at most what the kernel's
/// receive buffer held (tcp_rmem, some MiB). A FIN is passed on behind the last byte that came before it. The session is over
/// when both channels are closed.
final class Relay {
    private struct End {
        let channel: any Channel
        var walker: FrameWalker
        /// Whether its socket has not taken all that was written towards this end.
        var isBlocked: Bool { self.pendingBytes > 0 || self.isUnwritable }
        /// Single bytes among that, of which NIO's watermark says nothing.
        var pendingBytes = 0
        /// Whether the watermark was passed when something was written last, and has not been since.
        var isUnwritable = false
        /// Nothing more will come from this end.
        var inputClosed = false
        /// Our FIN went to this end, or goes as soon as it may.
        var outputClosed = false
        var isOpen = true
    }

    /// How long a session may be silent once one end has closed its half.
    static let halfClosedLimit = TimeAmount.seconds(60)

    private var client: End
    private var backend: End
    private(set) var record: SessionRecord
    private var sniffer = NegotiateSniffer()
    private let receiveBuffer: SharedReceiveBuffer
    private let traffic: RouteTraffic
    private let idleLimit: TimeAmount?
    private var lastActivity = NIODeadline.now()
    /// What was still to be written when silence was last looked at.
    private var lastUnwrittenBytes = 0
    private var idleCheck: Scheduled<Void>?
    private let onEnd: (SessionRecord) -> Void

    /// - Parameters:
    ///   - client: The client's channel, accepted and answered.
    ///   - backend: The backend's channel, on the same event loop.
    ///   - record: What is known of the session so far.
    ///   - receiveBuffer: The buffer of the loop that both channels read into.
    ///   - traffic: Where its bytes are counted with those of other sessions.
    ///   - idleLimit: How long no byte may pass either way; `nil` for ever.
    ///   - onEnd: Called once, with the completed record, when both channels are closed.
    init(
        client: any Channel,
        backend: any Channel,
        record: SessionRecord,
        receiveBuffer: SharedReceiveBuffer,
        traffic: RouteTraffic,
        idleLimit: TimeAmount?,
        onEnd: @escaping (SessionRecord) -> Void
    ) {
        self.client = End(channel: client, walker: FrameWalker(dropsKeepAlives: true))
        self.backend = End(channel: backend, walker: FrameWalker(dropsKeepAlives: false))
        self.record = record
        self.receiveBuffer = receiveBuffer
        self.traffic = traffic
        self.idleLimit = idleLimit
        self.onEnd = onEnd
    }

    /// Answers the client, passes on what it sent early, and begins to read. Both channels have their ``RelayHandler``.
    func start(answer: ByteBuffer, early: ByteBuffer, clientInputClosed: Bool) {
        self.scheduleIdleCheck()
        self.client.channel.writeAndFlush(answer, promise: nil)
        self.backend.channel.read()
        if early.readableBytes > 0 {
            self.received(early, from: .client)
        } else {
            self.client.channel.read()
        }
        if clientInputClosed { self.inputClosed(.client) }
        // One that closed before its handler stood there says so here.
        for side in [RelaySide.client, .backend] where !self[side].channel.isActive { self.inactive(side) }
    }

    /// Ends the session from this side of it.
    func end(with end: SessionEnd) {
        self.record.ends(with: end)
        self.client.channel.close(promise: nil)
        self.backend.channel.close(promise: nil)
    }

    // MARK: - What the channels say

    func received(_ buffer: ByteBuffer, from side: RelaySide) {
        self.lastActivity = .now()
        switch side {
        case .client: self.record.bytesIn += buffer.readableBytes
        case .backend: self.record.bytesOut += buffer.readableBytes
        }
        self.traffic.add(buffer.readableBytes, from: side)
        if !self.sniffer.isFinished { self.sniff(buffer, from: side) }
        switch self[side].walker.walk(buffer.readableBytesSpan) {
        case .forwardAll:
            self.write(buffer, from: side)
        case .forward(let ranges):
            let kept = buffer.copy(of: ranges)
            if kept.readableBytes > 0 {
                self.write(kept, from: side)
            } else if !self[side.other].isBlocked {
                self[side].channel.read()
            }
        case .violation(let ranges, _):
            self.record.ends(with: .protocolViolation)
            self.write(buffer.copy(of: ranges), from: side)
            self.closeBehindPendingWrites(side.other)
            self[side].channel.close(promise: nil)
        }
        self.receiveBuffer.giveBack(buffer)
    }

    /// Looks for the SMB dialect, in the first messages alone.
    private func sniff(_ buffer: ByteBuffer, from side: RelaySide) {
        switch side {
        case .client: self.sniffer.receivedFromClient(buffer.readableBytesSpan)
        case .backend: self.sniffer.receivedFromBackend(buffer.readableBytesSpan)
        }
        self.record.dialect = self.sniffer.chosen
    }

    func inputClosed(_ side: RelaySide) {
        guard !self[side].inputClosed else { return }
        self[side].inputClosed = true
        self.lastActivity = .now()
        self.record.ends(with: side == .client ? .client : .backend)
        self.scheduleIdleCheck()
        if !self[side.other].isBlocked { self.passInputClosedOn(from: side) }
    }

    func failed(_ side: RelaySide) {
        self[side].channel.close(promise: nil)
    }

    func inactive(_ side: RelaySide) {
        guard self[side].isOpen else { return }
        self[side].isOpen = false
        self[side].inputClosed = true
        self.record.ends(with: side == .client ? .client : .backend)
        if self[side.other].isOpen {
            // First of all: the other end may close at once, which is the end of the session and of its timer.
            self.scheduleIdleCheck()
            self.closeBehindPendingWrites(side.other)
        } else {
            self.idleCheck?.cancel()
            self.record.isSMB1Refused = self.sniffer.isSMB1Refused(closedByBackend: self.record.end == .backend)
            self.onEnd(self.record)
        }
    }

    // MARK: - What follows

    private func write(_ buffer: ByteBuffer, from side: RelaySide) {
        let target = side.other
        guard buffer.readableBytes > 0, self[target].isOpen, !self[target].outputClosed else { return }
        let channel = self[target].channel
        // A promise for each write would cost a quarter of what the relay does.
        if buffer.readableBytes > RelayWatermark.bytes {
            channel.writeAndFlush(buffer, promise: nil)
            self[target].isUnwritable = !channel.isWritable
            self.wrote(to: target)
        } else {
            self[target].pendingBytes += 1
            let written = channel.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { _ in
                self[target].pendingBytes -= 1
                self.wrote(to: target)
            }
            channel.writeAndFlush(buffer, promise: written)
        }
    }

    /// The socket of this end has taken everything, or no longer does.
    func writabilityChanged(_ side: RelaySide) {
        guard self[side].isUnwritable, self[side].channel.isWritable else { return }
        self[side].isUnwritable = false
        self.wrote(to: side)
    }

    private func wrote(to target: RelaySide) {
        self.lastActivity = .now()
        guard !self[target].isBlocked else { return }
        let source = target.other
        if self[source].inputClosed {
            self.passInputClosedOn(from: source)
        } else {
            self[source].channel.read()
        }
    }

    /// All that `side` sent has been taken by the other end: its FIN follows, or the close where `side` is gone.
    private func passInputClosedOn(from side: RelaySide) {
        let target = side.other
        guard self[target].isOpen else { return }
        if !self[side].isOpen {
            self[target].channel.close(promise: nil)
        } else if !self[target].outputClosed {
            self[target].outputClosed = true
            self[target].channel.close(mode: .output, promise: nil)
        }
    }

    private func closeBehindPendingWrites(_ side: RelaySide) {
        self[side.other].inputClosed = true
        if !self[side].isBlocked { self[side].channel.close(promise: nil) }
    }

    // MARK: - Silence

    /// How long the session may be silent now.
    private var silenceLimit: TimeAmount? {
        let isHalfClosed = self.client.inputClosed || self.backend.inputClosed
        guard isHalfClosed else { return self.idleLimit }
        return min(self.idleLimit ?? Self.halfClosedLimit, Self.halfClosedLimit)
    }

    private func scheduleIdleCheck() {
        self.idleCheck?.cancel()
        guard let limit = self.silenceLimit else { return }
        let deadline = self.lastActivity + limit
        self.idleCheck = self.client.channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            // A slow reader takes a large write in small steps, of which nobody is told.
            let unwritten = self.unwrittenBytes
            if unwritten != self.lastUnwrittenBytes { self.lastActivity = .now() }
            self.lastUnwrittenBytes = unwritten
            if NIODeadline.now() - self.lastActivity >= limit {
                self.end(with: .idleTimeout)
            } else {
                self.scheduleIdleCheck()
            }
        }
    }

    /// Bytes that the sockets have not taken yet, both ways.
    private var unwrittenBytes: Int {
        [self.client.channel, self.backend.channel].reduce(0) { sum, channel in
            sum + ((try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0)
        }
    }

    private subscript(_ side: RelaySide) -> End {
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

extension RelaySide {
    var other: RelaySide {
        switch self {
        case .client: .backend
        case .backend: .client
        }
    }
}

extension ByteBuffer {
    /// The bytes of some stretches of the readable bytes, in a buffer of their own.
    ///
    /// Copied, because there may be thousands of stretches in one read, and a write for each would cost more.
    fileprivate func copy(of ranges: [Range<Int>]) -> ByteBuffer {
        var copy = ByteBuffer()
        copy.reserveCapacity(ranges.reduce(0) { $0 + $1.count })
        for range in ranges {
            if var stretch = self.getSlice(at: self.readerIndex + range.lowerBound, length: range.count) {
                copy.writeBuffer(&stretch)
            }
        }
        return copy
    }
}

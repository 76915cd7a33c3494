@testable import NetBIOSRouter

/// A relaying ``SessionMachine``, its two peers and their kernels, as a value: the oracle of ``SessionMachineTests``.
///
/// It tracks the bytes of both streams independently of the machine and reports the first violation of the guarantee.
struct RelayWorld: Hashable {
    private(set) var machine: SessionMachine
    private var client = Peer()
    private var backend = Peer()
    /// The events that each side may still cause.
    private(set) var left: [Int]
    private(set) var violation: String?
    private(set) var end: SessionEnd?

    /// A peer, its stream, and the router's connection to it.
    private struct Peer: Hashable {
        var hasSentFIN = false
        var isReset = false
        /// The router knows that it was reset.
        var isResetKnown = false
        /// The router's kernel has unread bytes.
        var hasUnread = false
        /// The unread bytes end with a protocol violation.
        var hasGarbage = false
        /// The router has closed the connection, as it may if nothing is in flight.
        var isClosed = false
        /// The router has bytes that this peer has not accepted.
        var hasUnsent = false
        /// The peer accepts no bytes.
        var isStalled = false
        /// Bytes that it sent are lost.
        var hasLostBytes = false
        var hasReceivedFIN = false
        /// Its kernel has not acknowledged everything.
        var isUndrained = false
    }

    enum Event: Hashable, CaseIterable {
        case send, sendGarbage, sendFIN, reset
        /// The reset is noticed only by the next read or write.
        case resetUnnoticed
        case stall, take
    }

    init(eventsPerSide: Int) {
        self.machine = SessionMachine()
        self.left = [eventsPerSide, eventsPerSide]
        _ = self.machine.received(relayRequest)
        _ = self.machine.routed()
        if case .relay = self.machine.connected() {} else { self.violation = "the session is not relayed" }
    }

    var isEnded: Bool { self.end != nil }

    /// Applies one event and its consequences.
    mutating func apply(_ event: Event, of side: SessionSide) {
        self.left[side == .client ? 0 : 1] -= 1
        switch event {
        case .send where !self[side].hasSentFIN && !self[side].isReset: self[side].hasUnread = true
        case .sendGarbage where !self[side].hasSentFIN && !self[side].isReset:
            self[side].hasUnread = true
            self[side].hasGarbage = true
        case .sendFIN where !self[side].isReset: self[side].hasSentFIN = true
        case .reset where !self[side].isReset:
            self[side].isReset = true
            self.noticeReset(of: side)
        case .resetUnnoticed: self[side].isReset = true
        case .stall: self[side].isStalled = true
        case .take:
            self[side].isStalled = false
            self[side].isUndrained = false
            self.flush(side)
        case .send, .sendGarbage, .sendFIN, .reset: break
        }
        self.settle()
    }

    /// No byte moves for as long as the machine allows.
    mutating func beSilent() {
        guard self.machine.silenceLimit(idleTimeout: nil) != nil else { return }
        self.perform(self.machine.silenceElapsed())
    }

    mutating func close() { self.perform(self.machine.close(.closed)) }

    // MARK: - The driver

    private mutating func settle() {
        for _ in 0..<8 {
            self.read(.client)
            self.read(.backend)
        }
        if case .lingering(.reset(let side, _)) = self.machine.phase, !self[side].isUndrained || self[side].isReset {
            self.perform(self.machine.drained())
        }
    }

    private mutating func read(_ side: SessionSide) {
        guard self.machine.mayRead(side) else { return }
        if self[side].hasUnread {
            self[side].hasUnread = false
            if self[side.other].isStalled, !self[side.other].isReset { self.machine.outputBlocked(side.other) }
            if self[side].hasGarbage { self.perform(self.machine.violated(side)) }
            self.write(to: side.other)
        } else if self[side].hasSentFIN {
            self.noteUnread(for: side)
            self.perform(self.machine.inputEnded(side))
        } else if self[side].isReset {
            self[side].isResetKnown = true
            self.noteUnread(for: side)
            self.perform(self.machine.inputFailed(side))
        }
    }

    private mutating func write(to side: SessionSide) {
        if self[side].isReset {
            self[side.other].hasLostBytes = true
            self.noticeReset(of: side)
        } else if self[side].isStalled {
            self[side].hasUnsent = true
            self[side].isUndrained = true
        }
    }

    private mutating func flush(_ side: SessionSide) {
        guard self[side].hasUnsent, !self.isEnded else { return }
        if self[side].isReset { return self.noticeReset(of: side) }
        self[side].hasUnsent = false
        self.perform(self.machine.outputUnblocked(side))
    }

    private mutating func noticeReset(of side: SessionSide) {
        guard !self.isEnded, !self[side].isResetKnown else { return }
        self[side].isResetKnown = true
        if self[side].hasUnsent { self[side.other].hasLostBytes = true }
        self[side].hasUnsent = false
        let isLossy = self[side.other].hasLostBytes || self[side.other].hasUnread
        self.perform(self.machine.outputFailed(side, isLossy: isLossy))
    }

    private mutating func noteUnread(for side: SessionSide) {
        guard self.machine.isOutputFailed(side), self[side.other].hasUnread else { return }
        self.perform(self.machine.outputFailed(side, isLossy: true))
    }

    private mutating func perform(_ action: SessionMachine.Action) {
        guard !self.isEnded else {
            if action != .none { self.violation = "\(action) after the end" }
            return
        }
        switch action {
        case .none: break
        case .finish(let side): self.sendFIN(to: side)
        case .drain(let side):
            self[side.other].isClosed = true
            if !self[side].isUndrained || self[side].isReset { self.perform(self.machine.drained()) }
        case .end(let end, let client, let backend):
            self.end = end
            // The peer that still holds bytes for the other decides over both: judge before anything changes.
            let before = self
            self.close(.client, client, before)
            self.close(.backend, backend, before)
        case .choose, .dial, .refuse, .relay: self.violation = "\(action) while relaying"
        }
    }

    // MARK: - The guarantees

    private mutating func sendFIN(to side: SessionSide) {
        if self[side].hasReceivedFIN { self.violation = "two FINs to \(side)" }
        self[side].hasReceivedFIN = true
        guard !self[side].isReset else { return }
        let sender = self[side.other]
        if !sender.hasSentFIN { self.violation = "a FIN to \(side) that \(side.other) did not send" }
        if sender.hasUnread || self[side].hasUnsent { self.violation = "a FIN to \(side) before the last byte" }
        if sender.hasLostBytes { self.violation = "a FIN to \(side) hides lost bytes" }
    }

    private mutating func close(_ side: SessionSide, _ disposal: SessionMachine.Disposal, _ before: RelayWorld) {
        guard !self[side].isReset, !before[side].isClosed else { return }
        let isQuiet = [before.client, before.backend].allSatisfy { !$0.hasUnsent && !$0.hasUnread }
        let isReset = disposal == .reset || disposal == .closeIfQuiet && !isQuiet
        guard !isReset else { return }
        let (peer, sender) = (before[side], before[side.other])
        let isDiscarded = peer.hasLostBytes || peer.hasUnread || sender.hasUnsent
        if isDiscarded, !peer.hasGarbage { self.violation = "\(side) does not learn that its bytes are lost" }
        // An orderly end by the router is a FIN that the other peer did not send, if nothing is in flight.
        if disposal == .closeIfQuiet { return }
        if !peer.hasReceivedFIN { self.sendFIN(to: side) }
        if sender.isReset && !sender.hasSentFIN || sender.hasGarbage {
            self.violation = "a FIN to \(side) for a stream that was cut short"
        }
    }

    private subscript(side: SessionSide) -> Peer {
        get { side == .client ? self.client : self.backend }
        set { if side == .client { self.client = newValue } else { self.backend = newValue } }
    }

    /// Whether the session must be over: nothing can move any more, and no side stalls.
    var mustBeEnded: Bool {
        SessionSide.allCases.allSatisfy { side in
            (self[side].hasSentFIN || self[side].isResetKnown || self[side].hasGarbage) && !self[side].isStalled
        }
    }
}

/// The state of both directions of a session while bytes flow: the relaying phase of a ``SessionMachine``.
///
/// Each side has an input, its stream towards the other side, and an output, the stream towards it. A direction is
/// final if its receiver got the FIN or accepts no more bytes, or if its sender is gone and all its bytes were
/// delivered.
struct RelayState: Hashable {
    private var client = Side()
    private var backend = Side()
    /// The first reason to close; a violation outranks a FIN or a reset.
    private(set) var end: SessionEnd?

    private struct Side: Hashable {
        var input = Input.open
        var output = Output.open
        /// Whether bytes that this side sent are known to be lost.
        var hasLostBytes = false
    }

    private enum Input: Hashable {
        case open
        /// It sent a FIN.
        case ended
        /// It was reset, timed out, or violated the protocol.
        case failed
    }

    private enum Output: Hashable {
        case open
        /// The socket has not taken all bytes yet.
        case blocked
        /// A FIN was sent.
        case finished
        /// The connection accepts no more bytes.
        case failed
    }

    /// The limit of silence after a side has closed, was reset or stopped taking bytes.
    static let closingLimit = Duration.seconds(60)

    // MARK: - Events

    func mayRead(_ side: SessionSide) -> Bool { self[side].input == .open && self[side.other].output == .open }

    mutating func outputBlocked(_ side: SessionSide) {
        if self[side].output == .open { self[side].output = .blocked }
    }

    mutating func outputUnblocked(_ side: SessionSide) -> SessionMachine.Action {
        guard self[side].output == .blocked else { return .none }
        self[side].output = .open
        return self.passFIN(from: side.other)
    }

    mutating func inputEnded(_ side: SessionSide) -> SessionMachine.Action {
        guard self[side].input == .open else { return .none }
        self[side].input = .ended
        self.end = self.end ?? side.end
        return self.passFIN(from: side)
    }

    private mutating func passFIN(from side: SessionSide) -> SessionMachine.Action {
        guard self[side].input == .ended, self[side.other].output == .open else { return .none }
        self[side.other].output = .finished
        return self.isFinal ? .none : .finish(side.other)
    }

    mutating func inputFailed(_ side: SessionSide) -> SessionMachine.Action {
        if self[side].input == .open { self[side].input = .failed }
        return self.outputFailed(side, isLossy: false)
    }

    mutating func outputFailed(_ side: SessionSide, isLossy: Bool) -> SessionMachine.Action {
        self.end = self.end ?? side.end
        self[side].output = .failed
        if isLossy { self[side.other].hasLostBytes = true }
        return .none
    }

    mutating func violated(_ side: SessionSide) -> SessionMachine.Action {
        self.end = .protocolViolation
        self[side].input = .failed
        self[side].output = .failed
        return .none
    }

    // MARK: - State

    func isOutputFailed(_ side: SessionSide) -> Bool { self[side].output == .failed }

    /// Whether a side has closed, was reset, or accepts no more bytes.
    var isClosing: Bool {
        SessionSide.allCases.contains { self[$0].input != .open || self[$0].output == .failed }
    }

    /// Whether nothing more can be relayed in either direction.
    var isFinal: Bool { SessionSide.allCases.allSatisfy(self.isFinal(from:)) }

    private func isFinal(from side: SessionSide) -> Bool {
        switch self[side.other].output {
        case .finished, .failed: true
        case .open: self[side].input == .failed
        case .blocked: false
        }
    }

    /// The side that must learn by a reset that a stream is incomplete, in either direction; `nil` for none.
    var sideToReset: SessionSide? {
        SessionSide.allCases.first { side in
            self[side].output != .failed && (self[side.other].input == .failed || self[side].hasLostBytes)
        }
    }

    private subscript(side: SessionSide) -> Side {
        get {
            switch side {
            case .client: self.client
            case .backend: self.backend
            }
        }
        set {
            switch side {
            case .client: self.client = newValue
            case .backend: self.backend = newValue
            }
        }
    }
}

extension NameRegistration {
    /// A phase, and the one request that it consists of: under one id to one host, sent again until it is answered.
    struct Step: Hashable, Sendable {
        /// What the step is about; it counts how often the request went out.
        private(set) var phase: Phase = .idle
        /// When there is something to be done though nobody has answered; `nil` for never.
        private(set) var deadline: Duration?
        /// The request waits for its turn.
        private(set) var wantsToSend = false
        /// When the request was first sent.
        private(set) var start: Duration = .zero

        /// The longest that a WACK can make us wait for one answer.
        static let longestWait: Duration = .seconds(60)

        /// Begins another step: its request is sent as soon as the pace allows.
        mutating func begin(_ phase: Phase) {
            self.phase = phase
            self.wantsToSend = true
            self.deadline = nil
        }

        /// Stops asking.
        mutating func rest(in phase: Phase, until deadline: Duration?) {
            self.phase = phase
            self.wantsToSend = false
            self.deadline = deadline
        }

        /// The pace allows one request now. Returns what to send; `nil` when nothing is wanted any more.
        mutating func send(at now: Duration, timing: ClaimTiming) -> Message? {
            guard self.wantsToSend else { return nil }
            self.wantsToSend = false
            self.deadline = now + timing.nameServerInterval
            let message: Message
            let sentBefore: Int
            switch self.phase {
            case .registering(let method, let server, let id, let sent):
                message = Message(destination: server, transactionID: id, kind: .register(method))
                self.phase = .registering(method, server: server, transactionID: id, sent: sent + 1)
                sentBefore = sent
            case .challenging(let server, let owner, let id, let sent):
                message = Message(destination: owner, transactionID: id, kind: .query(ofServer: false))
                self.phase = .challenging(server: server, owner: owner, transactionID: id, sent: sent + 1)
                sentBefore = sent
            case .confirming(let occasion, let server, let id, let sent):
                message = Message(destination: server, transactionID: id, kind: .query(ofServer: true))
                self.phase = .confirming(occasion, server: server, transactionID: id, sent: sent + 1)
                sentBefore = sent
            case .releasing(let server, let id, let sent):
                message = Message(destination: server, transactionID: id, kind: .release)
                self.phase = .releasing(server: server, transactionID: id, sent: sent + 1)
                sentBefore = sent
            case .idle, .registered:
                self.deadline = nil
                return nil
            }
            if sentBefore == 0 { self.start = now }
            return message
        }

        /// The host asks for patience (a WACK): the next answer, or the next attempt, comes within bounds that it does not
        /// set, neither sooner than without, nor for ever.
        mutating func wait(until moment: Duration) {
            guard let deadline else { return }
            self.deadline = max(deadline, min(moment, self.start + Self.longestWait))
        }

        /// The deadline has come. Returns whether the request is to be sent once more.
        mutating func timeOut(timing: ClaimTiming) -> Bool {
            self.deadline = nil
            switch self.phase {
            case .registering(_, _, _, let sent), .challenging(_, _, _, let sent), .confirming(_, _, _, let sent),
                .releasing(_, _, let sent):
                guard sent < timing.nameServerCount else { return false }
                self.wantsToSend = true
                return true
            case .idle, .registered:
                return false
            }
        }
    }
}

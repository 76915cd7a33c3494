extension NameRegistration {
    /// A phase with its single request: to one host, with one id, retransmitted until answered.
    struct Step: Hashable, Sendable {
        /// The phase, which counts transmissions of the request.
        private(set) var phase: Phase = .idle
        /// The time of the next timeout, if any.
        private(set) var deadline: Duration?
        /// Whether the request waits for the rate limit.
        private(set) var wantsToSend = false
        /// The time of the first transmission.
        private(set) var start: Duration = .zero

        /// Begins another step: its request is sent as soon as the pace allows; `limit` is when it is too late for it.
        mutating func begin(_ phase: Phase, until limit: Duration? = nil) {
            self.phase = phase
            self.wantsToSend = true
            self.deadline = limit
        }

        /// Ends the request.
        mutating func rest(in phase: Phase, until deadline: Duration?) {
            self.phase = phase
            self.wantsToSend = false
            self.deadline = deadline
        }

        /// The rate limit allows one request. Returns the message; `nil` if none is needed any more.
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

        /// The host asks for time (a WACK, §4.2.16): the next attempt is put off until `moment`, by
        /// ``ClaimTiming/longestWait`` in all since the request was first sent.
        mutating func wait(until moment: Duration) {
            guard let deadline else { return }
            self.deadline = max(deadline, min(moment, self.start + ClaimTiming.longestWait))
        }

        /// The deadline has passed. Returns whether to retransmit the request.
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

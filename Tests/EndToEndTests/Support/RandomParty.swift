import Glibc

/// Pseudo-random numbers that a seed repeats (SplitMix64).
struct SeededNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// The random plan of one end of a session. Times are in milliseconds since the start.
struct RandomPlan: Sendable, CustomStringConvertible {
    /// The end of the stream.
    enum Deed: Hashable, Sendable {
        /// shutdown(2) of the output; the input is read on.
        case finish
        /// close(2), despite unread bytes.
        case close
        case reset
    }

    /// Bytes of the ``Pattern`` to send, each part after a pause.
    let parts: [(pause: Int, count: Int)]
    let deed: Deed
    /// The time of the deed, unless it follows the last byte.
    let cut: Int?
    /// The deed some time after a finish, if not the end of the input.
    let afterFinish: (pause: Int, deed: Deed)?
    let readingStart: Int
    /// The number of reads per pause.
    let readsPerPause: Int
    /// `SO_RCVBUF` in bytes; `nil` for the kernel's default.
    let receiveBuffer: Int32?

    /// - Parameters:
    ///   - isOrderly: Whether the party sends everything, finishes, and reads to the end.
    ///   - numbers: The numbers that decide.
    init(isOrderly: Bool, using numbers: inout SeededNumbers) {
        let isSilent = Bool.oneIn(8, using: &numbers), magnitude = Int.random(in: 1...21, using: &numbers)
        let total = isSilent ? 0 : Int.random(in: 1...(1 << magnitude), using: &numbers)
        let partCount = Int.random(in: 1...6, using: &numbers)
        self.parts = (0..<partCount).map { index in
            (
                Bool.oneIn(2, using: &numbers) ? 0 : .random(in: 0...400, using: &numbers),
                total * (index + 1) / partCount - total * index / partCount
            )
        }
        let deed: Deed = [.finish, .finish, .close, .reset].randomElement(using: &numbers) ?? .finish
        let isCut = Bool.oneIn(3, using: &numbers), cut = Int.random(in: 0...2500, using: &numbers)
        let isLeft = Bool.oneIn(3, using: &numbers), pause = Int.random(in: 0...1500, using: &numbers)
        let leaving: Deed = Bool.oneIn(2, using: &numbers) ? .close : .reset
        self.deed = isOrderly ? .finish : deed
        self.cut = isCut && !isOrderly ? cut : nil
        self.afterFinish = isLeft && !isOrderly ? (pause, leaving) : nil
        self.readingStart = Bool.oneIn(2, using: &numbers) ? 0 : .random(in: 0...2500, using: &numbers)
        self.readsPerPause = [4, 20, 1_000_000].randomElement(using: &numbers) ?? 1
        self.receiveBuffer = Bool.oneIn(3, using: &numbers) ? 4096 : nil
    }

    var description: String {
        "sends \(self.parts), \(self.deed) at \(self.cut.map { "\($0)" } ?? "the end"), after a finish "
            + (self.afterFinish.map { "\($0)" } ?? "nothing")
            + ", reads from \(self.readingStart) on, pauses 1 in \(self.readsPerPause), buffer \(self.receiveBuffer ?? 0)"
    }
}

/// One end of a session that executes a plan on a non-blocking socket, and records its observations. Owns the socket.
struct RandomParty {
    let plan: RandomPlan
    private var socket: Int32
    private var numbers: SeededNumbers

    /// The number of bytes that this side's kernel has accepted.
    private(set) var sentCount = 0
    /// Whether a FIN was requested, after ``sentCount`` bytes.
    private(set) var hasFinished = false
    private(set) var received = ReceivedStream()

    private var part = 0
    private var partCount = 0
    private var nextSend: Int
    private var nextRead: Int
    private var finishTime = 0
    private var hasSendFailed = false

    init(_ plan: RandomPlan, on socket: Int32, numbers: SeededNumbers) {
        self.plan = plan
        self.socket = socket
        self.numbers = numbers
        self.nextSend = plan.parts.first?.pause ?? 0
        self.nextRead = plan.readingStart
        if let size = plan.receiveBuffer { setOption(socket, SOL_SOCKET, SO_RCVBUF, size) }
    }

    var isOver: Bool { self.socket < 0 }

    private var isSending: Bool { !self.hasFinished && !self.hasSendFailed }

    /// The events to wait for.
    func poll(at now: Int) -> pollfd {
        var events: Int32 = 0
        if self.isSending, self.part < self.plan.parts.count, now >= self.nextSend { events |= POLLOUT }
        if self.received.end == .none, now >= self.nextRead { events |= POLLIN }
        return pollfd(fd: events == 0 ? -1 : self.socket, events: Int16(events), revents: 0)
    }

    /// Acts on what poll(2) reported, and on the time.
    mutating func step(_ events: Int32, at now: Int) {
        guard !self.isOver else { return }
        if self.isSending, let cut = self.plan.cut, now >= cut { return self.perform(self.plan.deed, at: now) }
        if self.hasFinished, let (pause, deed) = self.plan.afterFinish, now >= self.finishTime + pause {
            return self.perform(deed, at: now)
        }
        if events & ~POLLOUT != 0, self.received.end == .none, now >= self.nextRead { self.receive(at: now) }
        if events & ~POLLIN != 0, self.isSending, now >= self.nextSend { self.send(at: now) }
        if self.isSending, self.part == self.plan.parts.count, self.plan.cut == nil {
            self.perform(self.plan.deed, at: now)
        }
        let isInputOver = self.received.end != .none, isOutputOver = self.hasFinished || self.hasSendFailed
        if self.received.end == .reset || (isInputOver && isOutputOver) { self.close() }
    }

    private mutating func send(at now: Int) {
        guard self.part < self.plan.parts.count else { return }
        let (_, count) = self.plan.parts[self.part]
        let bytes = Pattern.bytes(at: self.sentCount, count: count - self.partCount)
        let sent = bytes.withUnsafeBytes { Glibc.send(self.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent >= 0 else {
            self.hasSendFailed = errno != EAGAIN
            return
        }
        self.sentCount += sent
        self.partCount += sent
        guard self.partCount == count else { return }
        self.part += 1
        self.partCount = 0
        if self.part < self.plan.parts.count { self.nextSend = now + self.plan.parts[self.part].pause }
    }

    private mutating func receive(at now: Int) {
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(-1, recv(self.socket, buffer.baseAddress, buffer.count, 0))
            if count < 0 {
                if errno != EAGAIN { self.received.end = .reset }
                count = 0
            } else if count == 0 {
                // A failed write has taken the error of this read.
                self.received.end = self.hasSendFailed ? .reset : .finished
            }
        }
        if !Pattern.matches(bytes, at: self.received.count) { self.received.isIntact = false }
        self.received.count += bytes.count
        if Int.random(in: 0..<self.plan.readsPerPause, using: &self.numbers) == 0 {
            self.nextRead = now + .random(in: 0...40, using: &self.numbers)
        }
    }

    private mutating func perform(_ deed: RandomPlan.Deed, at now: Int) {
        switch deed {
        case .finish:
            shutdown(self.socket, Int32(SHUT_WR))
            self.hasFinished = true
            self.finishTime = now
        case .close:
            self.hasFinished = true
            self.close()
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(self.socket, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            self.close()
        }
    }

    /// Closes the socket; no effect if closed.
    mutating func close() {
        if self.socket >= 0 { Glibc.close(self.socket) }
        self.socket = -1
    }
}

extension Bool {
    fileprivate static func oneIn(_ count: Int, using numbers: inout SeededNumbers) -> Bool {
        Int.random(in: 0..<count, using: &numbers) == 0
    }
}

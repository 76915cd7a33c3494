/// A socket that an ``EventLoop`` watches; owns its descriptor and its registration.
///
/// Closing or destroying it ends the registration, releases the handler and closes the descriptor.
package struct LoopSocket: ~Copyable {
    package private(set) var id: SocketID
    private let loop: EventLoop?

    init(_ id: SocketID, on loop: EventLoop) {
        self.id = id
        self.loop = loop
    }

    /// Makes a socket that is closed from the start.
    package init() {
        self.id = .none
        self.loop = nil
    }

    deinit { self.loop?.closeSocket(self.id) }

    /// Closes the socket; has no effect on a closed one.
    package mutating func close() {
        self.loop?.closeSocket(self.id)
        self.id = .none
    }

    package var isOpen: Bool { self.id != .none }

    /// -1 when closed.
    package var descriptor: CInt { self.id.descriptor }

    /// Replaces the handler.
    package func setHandler(_ handler: any SocketHandler) { self.loop?.setHandler(handler, of: self.id) }

    /// Calls the handler once more, after all other sockets of this turn.
    package func requestTurn() { self.loop?.requestTurn(self.id) }

    /// Stops or resumes watching a listener, which is reported as long as a connection waits.
    package func setPaused(_ isPaused: Bool) { self.loop?.setPaused(isPaused, self.id) }
}

/// Something that belongs to one ``SocketLoop`` and is carried about by other threads.
// Unchecked: whoever reads or writes the value shows the loop, which exists on its own thread alone; another one is refused.
final class LoopBound<Value>: @unchecked Sendable {
    private var value: Value
    private let handle: LoopHandle

    /// - Parameters:
    ///   - value: Made on the loop, or used nowhere else.
    ///   - handle: The loop that it belongs to.
    init(_ value: Value, of handle: LoopHandle) {
        self.value = value
        self.handle = handle
    }

    /// The value, on its loop.
    subscript(loop: SocketLoop) -> Value {
        get {
            precondition(loop.handle === self.handle, "shown to another event loop")
            return self.value
        }
        set {
            precondition(loop.handle === self.handle, "shown to another event loop")
            self.value = newValue
        }
    }
}

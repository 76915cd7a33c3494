/// A value that is confined to one ``EventLoop`` and carried about by other threads.
// Unchecked: reading or writing the value takes the loop, which exists on its own thread alone; another loop is refused.
package final class LoopBound<Value>: @unchecked Sendable {
    private var value: Value
    private let handle: EventLoopHandle

    /// - Parameters:
    ///   - value: Made on the loop, or used nowhere else.
    ///   - handle: The loop that it belongs to.
    package init(_ value: Value, of handle: EventLoopHandle) {
        self.value = value
        self.handle = handle
    }

    /// The value, on its loop.
    package subscript(loop: EventLoop) -> Value {
        get {
            precondition(loop.handle === self.handle, "another event loop")
            return self.value
        }
        set {
            precondition(loop.handle === self.handle, "another event loop")
            self.value = newValue
        }
    }
}

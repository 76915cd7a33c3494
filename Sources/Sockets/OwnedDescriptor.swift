import Glibc

/// A file descriptor that is closed with its owner.
package struct OwnedDescriptor: ~Copyable {
    package let rawValue: CInt

    /// Takes over an open descriptor.
    package init(_ rawValue: CInt) {
        self.rawValue = rawValue
    }

    deinit { close(self.rawValue) }

    /// Gives the descriptor away: its new owner closes it.
    package consuming func release() -> CInt {
        let descriptor = self.rawValue
        discard self
        return descriptor
    }
}

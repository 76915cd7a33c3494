import Glibc

/// A system call that failed.
struct SystemFailure: Error, CustomStringConvertible {
    /// The action that failed.
    let action: String
    /// The error number.
    let code: Int32

    /// Makes the failure of the current `errno`.
    init(_ action: String) {
        self.init(action, code: errno)
    }

    init(_ action: String, code: Int32) {
        self.action = action
        self.code = code
    }

    var description: String { "\(self.action): \(String(cString: strerror(self.code)))" }
}

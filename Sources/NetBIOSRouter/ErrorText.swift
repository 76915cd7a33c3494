import Glibc
import NIOCore

/// An error as an operator reads it: `connection refused`, not the name of a type.
struct ErrorText: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case let error as IOError:
            self.description = String(cString: strerror(error.errnoCode))
        case ChannelError.connectTimeout(let amount):
            self.description = "no answer in \(amount.milliseconds) ms"
        default:
            self.description = "\(error)"
        }
    }
}

import Glibc
import NIOCore
import NIOPosix

/// An error as an operator reads it: `connection refused`, not the name of a type.
struct ErrorText: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case let error as IOError:
            self.description = String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            self.description = Self.text(of: error)
        case ChannelError.connectTimeout(let amount):
            self.description = "no answer in \(amount.milliseconds) ms"
        default:
            self.description = "\(error)"
        }
    }

    /// A host name has several addresses, each with an error of its own.
    private static func text(of error: NIOConnectionError) -> String {
        if let last = error.connectionErrors.last {
            return "\(ErrorText(last.error)) at \(last.target.logText)"
        }
        if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name does not resolve" }
        return "no address to connect to"
    }
}

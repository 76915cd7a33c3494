import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Sockets
import RouteConfig

/// Client of a router's control socket.
public struct ControlClient: Sendable {
    /// The path of the control socket.
    public let path: String

    /// The maximum size of a response, in bytes: a few hundred for each of ten thousand sessions, with a margin.
    private static let limit = 64 * 1_048_576

    /// - Parameter path: The path of the control socket.
    public init(path: String) {
        self.path = path
    }

    /// A response of the router.
    public struct Answer: Sendable {
        /// The HTTP status code.
        public var status: Int
        public var body: [UInt8]

        /// Decodes the body.
        ///
        /// - Throws: ``ControlFailure`` with the router's message if it refused the request, or if the body is invalid.
        public func value<Value: Decodable>(_ type: Value.Type = Value.self) throws(ControlFailure) -> Value {
            if self.status >= 400, let failure = try? JSONText.value(FailureReport.self, from: self.body) {
                throw .refused(failure.error)
            }
            if let value = try? JSONText.value(type, from: self.body) { return value }
            throw .noAnswer("the response is not from a router of this version (HTTP status \(self.status))")
        }
    }

    /// The HTTP method: GET, or POST for changes.
    public enum Method: Sendable {
        case get, post

        fileprivate var name: HTTPMethod {
            switch self {
            case .get: .GET
            case .post: .POST
            }
        }
    }

    /// Sends one request.
    ///
    /// - Parameters:
    ///   - method: GET, or POST for changes.
    ///   - target: The path of the HTTP request, such as `/reload`.
    ///   - time: The time limit for the entire response.
    /// - Returns: The response, whatever its status.
    /// - Throws: ``ControlFailure`` if there is no response.
    public func ask(_ method: Method, _ target: String, within time: Duration) async throws(ControlFailure) -> Answer {
        guard UnixSocketAddress(self.path) != nil else {
            throw .connection(ControlSocketError(path: self.path, reason: .tooLong).reasonText)
        }
        let deadline = NIODeadline.now() + TimeAmount(time)
        do {
            return try await self.exchange(method, target, deadline: deadline)
        } catch let failure as ControlFailure {
            throw failure
        } catch let error as IOError where error.errnoCode == EAGAIN {
            throw .queueFull(time)
        } catch let error as IOError {
            throw ControlFailure(errorNumber: error.errnoCode)
        } catch {
            throw deadline <= .now() ? .timedOut(time) : .noAnswer("the router closed the connection")
        }
    }

    private func exchange(_ method: Method, _ target: String, deadline: NIODeadline) async throws -> Answer {
        let connection = try await self.connect(deadline: deadline)
        let overdue = connection.channel.eventLoop.scheduleTask(deadline: deadline) {
            connection.channel.close(promise: nil)
        }
        defer { overdue.cancel() }
        return try await connection.executeThenClose { inbound, outbound in
            let headers: HTTPHeaders = ["host": "nbrouter", "content-length": "0", "connection": "close"]
            let head = HTTPRequestHead(version: .http1_1, method: method.name, uri: target, headers: headers)
            // Sent in one write: the router responds and closes once it has the header.
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            var answer = Answer(status: 0, body: [])
            for try await part in inbound {
                switch part {
                case .head(let head): answer.status = Int(head.status.code)
                case .body(let bytes):
                    answer.body += bytes.readableBytesView
                    guard answer.body.count <= Self.limit else {
                        throw ControlFailure.noAnswer("the response is over \(Self.limit) bytes")
                    }
                case .end: return answer
                }
            }
            throw ChannelError.eof
        }
    }

    /// Connects; retries while the router's accept queue is full.
    private func connect(
        deadline: NIODeadline
    ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, IOData>> {
        while true {
            do {
                return try await ClientBootstrap(group: try HTTPLoop.shared.get())
                    .connect(unixDomainSocketPath: self.path) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHTTPClientHandlers()
                            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                        }
                    }
            } catch let error as IOError where error.errnoCode == EAGAIN && .now() < deadline {
                try await TaskPool.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// The reason why a request to the router failed.
public enum ControlFailure: Error, Hashable, Sendable {
    /// No socket is at the path, or no process listens on it.
    case noRouter(String)
    /// The user lacks permission to connect.
    case notAllowed
    /// The connection failed for another reason.
    case connection(String)
    /// The response timed out.
    case timedOut(Duration)
    /// The accept queue was full for the entire time.
    case queueFull(Duration)
    /// The response is invalid.
    case noAnswer(String)
    /// The router refused the request, with a reason.
    case refused(String)

    /// Makes the failure of connect(2), read(2) or write(2).
    init(errorNumber: CInt) {
        let text = String(cString: strerror(errorNumber)).lowercased()
        switch errorNumber {
        case ENOENT, ENOTDIR, ECONNREFUSED: self = .noRouter(text)
        case EACCES, EPERM: self = .notAllowed
        default: self = .connection(text)
        }
    }
}

import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Sockets
import RouteConfig

/// Asks a running router on its control socket.
public struct ControlClient: Sendable {
    /// The path of the control socket.
    public let path: String

    /// Bytes of an answer at most: a few hundred for each of ten thousand sessions, and room.
    private static let limit = 64 * 1_048_576

    /// - Parameter path: The path of the control socket.
    public init(path: String) {
        self.path = path
    }

    /// What a router answered.
    public struct Answer: Sendable {
        /// The status code of HTTP.
        public var status: Int
        public var body: [UInt8]

        /// The body as a value.
        ///
        /// - Throws: ``ControlFailure`` with the router's own words when it refused, or when the body is something else.
        public func value<Value: Decodable>(_ type: Value.Type = Value.self) throws(ControlFailure) -> Value {
            if self.status >= 400, let failure = try? JSONText.value(FailureReport.self, from: self.body) {
                throw .refused(failure.error)
            }
            if let value = try? JSONText.value(type, from: self.body) { return value }
            throw .noAnswer("what answers is no router of this version (HTTP status \(self.status))")
        }
    }

    /// What is done to the router: asked, or told to change something.
    public enum Method: Sendable {
        case get, post

        fileprivate var name: HTTPMethod {
            switch self {
            case .get: .GET
            case .post: .POST
            }
        }
    }

    /// Asks once.
    ///
    /// - Parameters:
    ///   - method: Whether something is to be changed.
    ///   - target: The path of HTTP, such as `/reload`.
    ///   - time: How long the whole answer may take.
    /// - Returns: What was answered, whatever its status.
    /// - Throws: ``ControlFailure`` when nobody answers.
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
            // In one piece: the router answers and closes as soon as it has the header.
            try await outbound.write(contentsOf: [.head(head), .end(nil)])
            var answer = Answer(status: 0, body: [])
            for try await part in inbound {
                switch part {
                case .head(let head): answer.status = Int(head.status.code)
                case .body(let bytes):
                    answer.body += bytes.readableBytesView
                    guard answer.body.count <= Self.limit else {
                        throw ControlFailure.noAnswer("the answer is over \(Self.limit) bytes")
                    }
                case .end: return answer
                }
            }
            throw ChannelError.eof
        }
    }

    /// Connects, again and again while the router's queue is full.
    private func connect(
        deadline: NIODeadline
    ) async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPPart<HTTPRequestHead, IOData>> {
        while true {
            do {
                return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(unixDomainSocketPath: self.path) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHTTPClientHandlers()
                            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                        }
                    }
            } catch let error as IOError where error.errnoCode == EAGAIN && .now() < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}

/// Why a router could not be asked, or did not do what it was asked.
public enum ControlFailure: Error, Hashable, Sendable {
    /// Nothing is at the path, or nobody listens on it any more.
    case noRouter(String)
    /// This user may not connect.
    case notAllowed
    /// The connection failed in another way.
    case connection(String)
    /// There was no answer in this time.
    case timedOut(Duration)
    /// Connections waited to be taken for all of this time, as many as may, and this one could not join them.
    case queueFull(Duration)
    /// What answered is not understood.
    case noAnswer(String)
    /// The router says why it does not do it.
    case refused(String)

    /// The words for an error number of connect(2), read(2) or write(2).
    init(errorNumber: CInt) {
        let text = String(cString: strerror(errorNumber)).lowercased()
        switch errorNumber {
        case ENOENT, ENOTDIR, ECONNREFUSED: self = .noRouter(text)
        case EACCES, EPERM: self = .notAllowed
        default: self = .connection(text)
        }
    }
}

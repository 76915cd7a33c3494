import Foundation

/// A name service inside the test process that answers each request with whatever a test wants.
struct Responder: Sendable {
    /// Answers on port 137 of a host until the network is taken down.
    ///
    /// The answers to a request go to the port that asked, or to another one of the asker's host.
    init(on host: Host, answeringTo port: UInt16? = nil, _ answers: @escaping @Sendable ([UInt8]) -> [[UInt8]]) throws {
        let socket = try RawDatagrams(on: host, port: 137)
        let end = Flag()
        let thread = Thread {
            while !end.isRaised {
                guard let request = try? socket.receive(within: 0.1), request.address != host.address else { continue }
                for answer in answers(request.bytes) {
                    try? socket.send(answer, to: request.address, port: port ?? request.port)
                }
            }
        }
        thread.start()
        host.own { end.raise() }
    }
}

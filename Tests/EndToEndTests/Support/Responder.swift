import Foundation

/// A name service inside the test process with arbitrary responses.
struct Responder: Sendable {
    /// Responds on port 137 of a host until the network is deleted.
    ///
    /// The responses go to the source port of the request, or to another one of its host.
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

import Glibc
import HTTPTypes

/// The hosts that a request to the metrics listener may be for: addresses, `localhost` and this machine's names.
///
/// A page of another site may have its own name lead here (DNS rebinding): a browser would then give it what it reads.
struct AllowedHosts: Sendable {
    private let names: Set<String>

    /// - Parameter machine: This machine's names, in lower case.
    init(machine: Set<String> = []) {
        self.names = machine.union(["localhost"])
    }

    /// Refuses a request for another host, and one for two hosts. One without a host cannot be a browser's.
    ///
    /// - Throws: ``HTTPFailure``.
    func check(_ request: HTTPRequest) throws(HTTPFailure) {
        // The codec moves the first Host field into the authority, and leaves others.
        if let name = HTTPField.Name("Host"), request.headerFields.contains(name) {
            throw HTTPFailure(.badRequest, "the request has two Host header fields")
        }
        guard let host = request.authority, !self.allows(host) else { return }
        throw HTTPFailure(
            .misdirectedRequest,
            """
            the Host header field is neither an address nor a name of this machine: use its address, or its host name \
            with a domain that resolv.conf(5) searches; see nbrouter-api(5), METRICS
            """
        )
    }

    /// Whether a host is allowed, with or without a port.
    func allows(_ authority: String) -> Bool {
        var host = authority[...]
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            let address = host[host.index(after: host.startIndex)..<end].prefix { $0 != "%" }
            return Self.isAddress(String(address), AF_INET6)
        }
        if let colon = host.lastIndex(of: ":") { host = host[..<colon] }
        if Self.isAddress(String(host), AF_INET) { return true }
        if host.hasSuffix(".") { host = host.dropLast() }
        return self.names.contains(host.lowercased())
    }

    private static func isAddress(_ text: String, _ family: CInt) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: MemoryLayout<in6_addr>.size, alignment: 4) { buffer in
            inet_pton(family, text, buffer.baseAddress) == 1
        }
    }
}

import Glibc
package import Sockets

extension HostResolver {
    /// EAI_NODATA: the name exists and has no address. netdb.h declares it for _GNU_SOURCE alone.
    private static let noData: CInt = -5

    /// All addresses of a name by the system: /etc/hosts, name servers and what else nsswitch.conf(5) lists.
    package static func systemEndpoints(of host: String) throws -> [Endpoint] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &first)
        guard status == 0 else {
            throw Failure(
                description: String(cString: gai_strerror(status)),
                isTemporary: status != EAI_NONAME && status != self.noData
            )
        }
        defer { freeaddrinfo(first) }
        var endpoints: [Endpoint] = []
        for entry in sequence(first: first, next: { $0?.pointee.ai_next }) {
            guard let entry = entry?.pointee, let address = entry.ai_addr else { continue }
            if let endpoint = Endpoint(address) { endpoints.append(endpoint) }
        }
        return endpoints
    }
}

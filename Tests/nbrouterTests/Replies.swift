import NetBIOS

@testable import NetBIOSRouter
@testable import NetworkDiagnosis

/// Responses of destinations, without a network.
enum Replies {
    static let eth0 = QueryDestination.network(
        interface: "eth0",
        address: IPv4Address(192, 0, 2, 1),
        broadcast: IPv4Address(192, 0, 2, 255)
    )
    static let server = QueryDestination.host(IPv4Address(192, 0, 2, 4))

    /// A report of a destination whose hosts have responded to a query for a name.
    static func report(
        at place: QueryDestination,
        about name: QualifiedName,
        asking question: NameQuery.Question = .owner(recursionDesired: true),
        failure: QueryFailure? = nil,
        _ answers: (IPv4Address, NameServiceResponse.Answer)...
    ) -> NameQueryClient.Report {
        var generator = SystemRandomNumberGenerator()
        var query = NameQuery(
            name,
            question,
            to: NameServiceEndpoint(place.destination),
            isBroadcast: place.isBroadcast,
            using: &generator
        )
        _ = query.start(at: .zero)
        for (host, answer) in answers {
            _ = query.received(NameServiceResponse(to: query.request, answer), from: host, at: .zero)
        }
        return NameQueryClient.Report(place: place, queries: [query], failure: failure)
    }
}

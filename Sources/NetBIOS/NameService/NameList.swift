/// Names to advertise, in the order in which they are claimed. Of two entries with one name the first counts.
///
/// Immutable, so that all nodes share one list and a changed one is told by identity.
public final class NameList: Sendable {
    public let names: [AdvertisedName]
    private let places: [QualifiedName: Int]
    private let placesByAddress: [IPv4Address: [Int]]

    /// Makes a list, in linear time.
    public init(_ names: [AdvertisedName]) {
        var unique: [AdvertisedName] = []
        var places = [QualifiedName: Int](minimumCapacity: names.count)
        var placesByAddress: [IPv4Address: [Int]] = [:]
        unique.reserveCapacity(names.count)
        for name in names where places[name.name] == nil {
            places[name.name] = unique.count
            if let address = name.address { placesByAddress[address, default: []].append(unique.count) }
            unique.append(name)
        }
        self.names = unique
        self.places = places
        self.placesByAddress = placesByAddress
    }

    public static let empty = NameList([])

    /// The entry of a name; `nil` for a name that is not listed.
    public subscript(name: QualifiedName) -> AdvertisedName? {
        self.places[name].map { self.names[$0] }
    }

    /// Whether a name is advertised with the address.
    public func has(_ address: IPv4Address) -> Bool { self.placesByAddress[address] != nil }

    /// The places in ``names`` of those that are advertised with the address.
    public func places(at address: IPv4Address) -> [Int] { self.placesByAddress[address] ?? [] }
}

extension NameList: Equatable {
    /// Lists are equal when they are the same object.
    public static func == (one: NameList, other: NameList) -> Bool { one === other }
}

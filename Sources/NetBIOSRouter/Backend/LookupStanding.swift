/// The use of a host name's addresses.
package enum LookupPurpose: Hashable, Sendable {
    case session, check
}

/// The standing of a look-up among those that share the resolver's threads, the highest first: each has at most half of the
/// threads of the one before it.
enum LookupStanding: Int, CaseIterable, Sendable {
    case session
    /// For a session, of a name whose last look-up failed or took long.
    case suspectSession
    case check
    /// For a health check, of such a name.
    case suspectCheck

    init(_ purpose: LookupPurpose, isSuspect: Bool) {
        self =
            switch purpose {
            case .session: isSuspect ? .suspectSession : .session
            case .check: isSuspect ? .suspectCheck : .check
            }
    }
}

extension LookupStanding: Comparable {
    static func < (left: LookupStanding, right: LookupStanding) -> Bool { left.rawValue < right.rawValue }
}

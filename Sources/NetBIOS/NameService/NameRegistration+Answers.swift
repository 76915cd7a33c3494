// The interpretation of responses, without side effects.
extension NameRegistration {
    /// The consequence of a response.
    enum Verdict: Hashable, Sendable {
        /// The response does not match the request.
        case nothing
        /// The name is registered for this time, in seconds.
        case granted(by: IPv4Address, timeToLive: UInt32)
        /// Register with this server.
        case register(Method, at: IPv4Address)
        /// Query the owner that the server named for the name.
        case challenge(by: IPv4Address, owner: IPv4Address)
        /// The server refuses; query it for the owner.
        case confirmRefusal(by: IPv4Address)
        /// The server does not have the registration that it granted; register again.
        case registerAnew(at: IPv4Address, isForgotten: Bool)
        /// The server still has the registration.
        case stillRegistered
        /// Another host owns the name.
        case lost(to: IPv4Address)
        /// The server is out of service.
        case failed(IPv4Address)
        /// The server has released the name.
        case released
    }

    /// Returns the consequence of a response of the requested host, other than a WACK.
    func verdict(on answer: NameServiceResponse.Answer, isOurs: (IPv4Address) -> Bool) -> Verdict {
        switch self.phase {
        case .registering(let method, let server, _, _):
            return Self.verdict(on: answer, to: method, by: server, isOurs: isOurs)
        case .challenging(let server, let owner, _, _):
            switch answer {
            case .addresses(let entries, _) where self.foreign(among: entries, isOurs: isOurs) != nil:
                return .lost(to: owner)
            case .addresses, .queryRefused:
                return .register(.overwrite, at: server)
            case .redirect, .nodeStatus, .registered, .registrationRefused, .challenge, .released, .releaseRefused,
                .wait:
                return .nothing
            }
        case .confirming(let occasion, let server, _, _):
            return self.verdict(on: answer, confirming: occasion, by: server, isOurs: isOurs)
        case .releasing:
            switch answer {
            case .released, .releaseRefused:
                return .released
            case .addresses, .queryRefused, .redirect, .nodeStatus, .registered, .registrationRefused, .challenge,
                .wait:
                return .nothing
            }
        case .idle, .registered:
            return .nothing
        }
    }

    /// Interprets the response to a registration request.
    private static func verdict(
        on answer: NameServiceResponse.Answer,
        to method: Method,
        by server: IPv4Address,
        isOurs: (IPv4Address) -> Bool
    ) -> Verdict {
        switch answer {
        case .registered(_, let timeToLive):
            .granted(by: server, timeToLive: timeToLive)
        case .registrationRefused(.serverFailure, _, _):
            .failed(server)
        case .registrationRefused where method == .refresh:
            .registerAnew(at: server, isForgotten: false)
        case .registrationRefused:
            if case .single(let holder?) = method { .lost(to: holder) } else { .confirmRefusal(by: server) }
        case .challenge where method == .overwrite:
            // The host was queried before, or is this one: a loop.
            .failed(server)
        case .challenge(let entry, _):
            isOurs(entry.address) ? .register(.overwrite, at: server) : .challenge(by: server, owner: entry.address)
        case .addresses, .queryRefused, .redirect, .nodeStatus, .released, .releaseRefused, .wait:
            .nothing
        }
    }

    /// Interprets the response to a query for the owner.
    private func verdict(
        on answer: NameServiceResponse.Answer,
        confirming occasion: Occasion,
        by server: IPv4Address,
        isOurs: (IPv4Address) -> Bool
    ) -> Verdict {
        let isOursAmong: Bool
        let holder: IPv4Address?
        switch answer {
        case .addresses(let entries, _):
            // Members of a group have no address of their own in the response.
            holder = self.foreign(among: entries, isOurs: isOurs).map { $0.isGroup ? server : $0.address }
            isOursAmong = holder == nil || entries.contains { isOurs($0.address) }
        case .queryRefused(.nameUnknown):
            (holder, isOursAmong) = (nil, false)
        case .queryRefused:
            return .failed(server)
        case .redirect, .nodeStatus, .registered, .registrationRefused, .challenge, .released, .releaseRefused, .wait:
            return .nothing
        }
        switch occasion {
        case .registration: return .register(holder.map { .single(holder: $0) } ?? .multihomed, at: server)
        case .check where isOursAmong: return .stillRegistered
        case .check: return .registerAnew(at: server, isForgotten: holder == nil)
        case .refused: return .lost(to: holder ?? server)
        }
    }

    /// Returns the first address that excludes this registration.
    private func foreign(among entries: [AddressEntry], isOurs: (IPv4Address) -> Bool) -> AddressEntry? {
        entries.first { !($0.isGroup && self.advertised.isGroup) && !isOurs($0.address) }
    }
}

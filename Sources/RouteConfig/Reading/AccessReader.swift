import NetBIOS

/// `allow` and `deny` of a route or section, with the places of their entries.
struct AccessDraft {
    var allow: LocatedList<IPv4Network>?
    var deny: LocatedList<IPv4Network>?

    /// The access list without the places.
    var list: AccessList {
        var list = AccessList()
        list.allow = self.allow?.values
        list.deny = self.deny?.values ?? []
        return list
    }
}

extension ConfigurationReader {
    /// Warns about each `allow` entry that `deny` of the same route or of all routes covers completely.
    mutating func checkAccess(_ file: FileDraft) {
        let all = file.access.deny?.items ?? []
        self.checkAllow(file.access.allow, against: all)
        for draft in self.drafts {
            self.checkAllow(draft.access.allow, against: (draft.access.deny?.items ?? []) + all)
        }
    }

    private mutating func checkAllow(_ allow: LocatedList<IPv4Network>?, against deny: [Located<IPv4Network>]) {
        guard !deny.isEmpty else { return }
        for allowed in allow?.items ?? [] where self.isCovered(allowed.value, by: deny.map(\.value)) {
            let whole = deny.first { $0.value.contains(allowed.value) }
            let parts = deny.filter { allowed.value.contains($0.value) }
            self.report(
                .relation(.allowCoveredByDeny("\(allowed.value)")),
                at: allowed.range,
                related: (whole.map { [$0] } ?? parts).prefix(4).map { ("denied here", $0.range) }
            )
        }
    }

    /// Whether `others` together cover a network.
    private func isCovered(_ network: IPv4Network, by others: [IPv4Network]) -> Bool {
        if others.contains(where: { $0.contains(network) }) { return true }
        var next = UInt64(network.address.rawValue)
        let parts = others.filter { network.contains($0) }.sorted { $0.address < $1.address }
        for part in parts {
            guard UInt64(part.address.rawValue) <= next else { return false }
            next = max(next, UInt64(part.broadcastAddress.rawValue) + 1)
        }
        return next > UInt64(network.broadcastAddress.rawValue)
    }
}

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
        let all = NetworkCover(file.access.deny?.items ?? [])
        self.checkAllow(file.access.allow, against: [all])
        for draft in self.drafts where !self.isFull {
            self.checkAllow(draft.access.allow, against: [NetworkCover(draft.access.deny?.items ?? []), all])
        }
    }

    private mutating func checkAllow(_ allow: LocatedList<IPv4Network>?, against deny: [NetworkCover]) {
        for allowed in allow?.items ?? [] where NetworkCover.isCovered(allowed.value, by: deny) {
            self.report(
                .relation(.allowCoveredByDeny("\(allowed.value)")),
                at: allowed.range,
                related: NetworkCover.reasons(for: allowed.value, in: deny).map { ("denied here", $0) }
            )
        }
    }
}

import Glibc
public import NetBIOSRouter

extension DescriptorNeed {
    /// The shortage of descriptors under the process's hard limit (getrlimit(2), RLIMIT_NOFILE), to which the router
    /// raises its soft limit; `nil` if there is none.
    public var finding: ProbeReport.DescriptorFinding? {
        var limit = rlimit()
        guard let wanted, getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_max < UInt64(wanted)
        else { return nil }
        return ProbeReport.DescriptorFinding(allowed: Int(limit.rlim_max), wanted: wanted)
    }
}

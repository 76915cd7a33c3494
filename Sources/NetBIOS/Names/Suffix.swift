/// The sixteenth byte of a NetBIOS name: the service that the name is for.
///
/// Extensible, since vendors use values of their own; the ones below are Microsoft's, listed in [MS-NBTE] and by
/// `nbtstat`. RFC 1001 leaves the byte to applications.
public struct Suffix: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// `<00>`: the workstation service; of a group name, the workgroup or domain.
    public static let workstation = Suffix(rawValue: 0x00)
    /// `<03>`: the messenger service.
    public static let messenger = Suffix(rawValue: 0x03)
    /// `<1b>`: the domain master browser.
    public static let domainMasterBrowser = Suffix(rawValue: 0x1B)
    /// `<1c>`: the domain controllers, a group.
    public static let domainControllers = Suffix(rawValue: 0x1C)
    /// `<1d>`: the local master browser.
    public static let localMasterBrowser = Suffix(rawValue: 0x1D)
    /// `<1e>`: browser elections, a group.
    public static let browserElections = Suffix(rawValue: 0x1E)
    /// `<20>`: the file server service, which sessions call.
    public static let fileServer = Suffix(rawValue: 0x20)
}

extension Suffix: CustomStringConvertible {
    /// Two lower-case hexadecimal digits, as in `<20>` of nmblookup.
    public var description: String {
        let digits = String(self.rawValue, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}

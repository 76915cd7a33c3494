/// An SMB dialect.
public enum SMBDialect: Hashable, Sendable {
    /// A dialect string of SMB 1 and older, `NT LM 0.12`.
    case smb1(String)
    /// A revision number of SMB 2 and 3.
    case smb2(Revision)

    /// The revisions of [MS-SMB2] §2.2.4; unknown numbers are kept.
    public struct Revision: RawRepresentable, Hashable, Sendable {
        public let rawValue: UInt16

        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// 02FF: SMB 2, with the revision to be negotiated next.
        static let wildcard = Revision(rawValue: 0x02FF)
    }
}

extension SMBDialect: CustomStringConvertible {
    public var description: String {
        switch self {
        case .smb1(let name): name
        case .smb2(let revision):
            switch revision.rawValue {
            case 0x0202: "SMB 2.0.2"
            case 0x0210: "SMB 2.1"
            case 0x0300: "SMB 3.0"
            case 0x0302: "SMB 3.0.2"
            case 0x0311: "SMB 3.1.1"
            default: "SMB 0x\(String(revision.rawValue, radix: 16))"
            }
        }
    }
}

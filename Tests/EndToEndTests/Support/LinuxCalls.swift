import Glibc

/// System calls that Swift's Glibc module leaves out: the C library declares them for _GNU_SOURCE alone.
enum LinuxCalls {
    /// A kind of namespace, as clone(2) numbers it.
    struct Namespaces: OptionSet {
        let rawValue: Int32
        static let mounts = Namespaces(rawValue: 0x0002_0000)
        static let hostName = Namespaces(rawValue: 0x0400_0000)
        static let network = Namespaces(rawValue: 0x4000_0000)
    }

    /// Moves the calling thread into the namespace that a descriptor stands for (setns(2)).
    static func enter(_ kind: Namespaces, _ descriptor: Int32) throws {
        typealias Function = @convention(c) (Int32, Int32) -> Int32
        let function = unsafeBitCast(try self.find("setns"), to: Function.self)
        guard function(descriptor, kind.rawValue) == 0 else { throw SystemFailure("setns") }
    }

    /// Gives the calling thread new namespaces, copies of those that it is in (unshare(2)).
    static func unshare(_ kinds: Namespaces) throws {
        typealias Function = @convention(c) (Int32) -> Int32
        let function = unsafeBitCast(try self.find("unshare"), to: Function.self)
        guard function(kinds.rawValue) == 0 else { throw SystemFailure("unshare") }
    }

    private static func find(_ name: String) throws -> UnsafeMutableRawPointer {
        guard let symbol = dlsym(nil, name) else { throw SystemFailure("find \(name)", code: ENOSYS) }
        return symbol
    }
}

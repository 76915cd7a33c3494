public import Logging
package import Sockets
package import SystemPackage

/// A thread or a descriptor that the start needs and the system does not give.
public struct ResourceShortage: LifecycleError {
    public let summary: String
    public let remedy: String
    private let reason: String

    /// - Parameter error: The system's error.
    package init(_ error: SystemCallError) {
        self.reason = "\(error.call): \(error)"
        self.summary = "cannot start: \(self.reason)"
        self.remedy = Self.remedy(for: error.errno) ?? "see nbrouter-trouble(7), The router does not start"
    }

    /// The limit to raise; `nil` for an error that no limit explains.
    package static func remedy(for error: Errno) -> String? {
        switch error {
        case .tooManyOpenFiles: "raise the limit of open files (LimitNOFILE= of systemd, ulimit -n)"
        case .tooManyOpenFilesInSystem: "raise the system's limit of open files (sysctl fs.file-max)"
        case .resourceTemporarilyUnavailable:
            "raise the limit of threads (TasksMax= and LimitNPROC= of systemd, ulimit -u)"
        case .noMemory: "raise the limit of memory (MemoryMax= of systemd, ulimit -v)"
        default: nil
        }
    }

    public var metadata: Logger.Metadata {
        Logger.Metadata([.reason: self.reason, .remedy: self.remedy])
    }
}

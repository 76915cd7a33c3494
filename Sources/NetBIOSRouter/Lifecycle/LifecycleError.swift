public import Logging

/// An error that keeps the router from starting or reloading.
public protocol LifecycleError: Error, CustomStringConvertible {
    /// The failure and its cause, without a full stop: `cannot listen on TCP 192.0.2.1:139: address already in use`.
    var summary: String { get }
    /// The most likely remedy.
    var remedy: String { get }
    /// The facts for a log line.
    var metadata: Logger.Metadata { get }
}

extension LifecycleError {
    public var description: String { "\(self.summary); \(self.remedy)" }
}

extension Error {
    /// The log facts of an error that prevented a start or a reload.
    public var lifecycleMetadata: Logger.Metadata {
        (self as? any LifecycleError)?.metadata ?? Logger.Metadata([.reason: "\(self)"])
    }
}

/// A reload was requested before the router served or after its stop began.
struct RouterNotServing: Error, CustomStringConvertible {
    let description = "the router is starting or stopping"
}

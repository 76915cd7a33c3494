public import RouteConfig

/// A part of the router that reloads change, such as its listeners.
public protocol ReloadParticipant: Sendable {
    /// Resources that are ready beside those in use.
    associatedtype Prepared: Sendable

    /// Performs everything that can fail, without changing what is in use.
    ///
    /// - Throws: An error for the operator, usually a ``LifecycleError``; nothing is left to cancel then.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared

    /// Puts the prepared resources into use, and releases those that they replace.
    func commit(_ prepared: Prepared) async

    /// Releases the prepared resources.
    func cancel(_ prepared: Prepared) async
}

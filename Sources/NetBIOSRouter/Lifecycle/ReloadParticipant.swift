public import RouteConfig

/// A part of the router that a reload may change, such as its listeners.
public protocol ReloadParticipant: Sendable {
    /// Resources that stand ready beside those in use.
    associatedtype Prepared: Sendable

    /// Does everything that can fail, without a change to what is in use.
    ///
    /// - Throws: An error for the operator, most often a ``LifecycleError``; then nothing is left to cancel.
    func prepare(_ configuration: RouterConfiguration) async throws -> Prepared

    /// Puts into use what was prepared, and releases what it replaces.
    func commit(_ prepared: Prepared) async

    /// Releases what was prepared.
    func cancel(_ prepared: Prepared) async
}

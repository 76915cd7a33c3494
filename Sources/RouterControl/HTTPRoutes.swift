import HTTPTypes
import Hummingbird

/// Routes of one HTTP listener.
///
/// HEAD is answered as GET is. Another method of a path that has a route is answered with 405, any other path with 404.
struct HTTPRoutes {
    typealias Responder = RouterResponder<BasicRequestContext>
    typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    private let routes = Router(options: .autoGenerateHeadEndpoints)
    /// Refuses every method on every path that has a route. All are entered as GET.
    private let refusals = Router()

    /// Adds a path that is read.
    func get(_ path: RouterPath, _ handler: @escaping Handler) {
        self.routes.get(path, use: handler)
        self.refuse(path, allowed: "GET, HEAD")
    }

    /// Adds a path that changes something.
    func post(_ path: RouterPath, _ handler: @escaping Handler) {
        self.routes.post(path, use: handler)
        self.refuse(path, allowed: "POST")
    }

    private func refuse(_ path: RouterPath, allowed: String) {
        self.refusals.get(path) { _, _ -> Response in
            throw HTTPFailure(.methodNotAllowed, "this path takes \(allowed)", fields: [.allow: allowed])
        }
    }

    /// Builds the responder, after the last route was added.
    ///
    /// - Parameter unknownPath: The error text for a path without a route.
    /// - Returns: The responder, which needs this value no more.
    func responder(unknownPath: String) -> Responder {
        // Hummingbird runs what is added last for requests without a route alone.
        self.refusals.add(middleware: Fallback { _, _ in throw HTTPFailure(.notFound, unknownPath) })
        let refusals = self.refusals.buildResponder()
        self.routes.add(
            middleware: Fallback { request, context in
                var head = request.head
                head.method = .get
                return try await refusals.respond(to: Request(head: head, body: request.body), context: context)
            }
        )
        return self.routes.buildResponder()
    }
}

/// Answers requests that no route takes.
private struct Fallback: RouterMiddleware {
    let handler: HTTPRoutes.Handler

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        try await self.handler(request, context)
    }
}

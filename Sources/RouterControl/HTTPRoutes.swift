import HTTPTypes
import Hummingbird

/// The routes of an HTTP listener.
///
/// HEAD is answered like GET. An unsupported method gets 405, an unknown path 404.
struct HTTPRoutes {
    typealias Responder = RouterResponder<BasicRequestContext>
    typealias Handler = @Sendable (Request, BasicRequestContext) async throws -> Response

    private let routes = Router(options: .autoGenerateHeadEndpoints)
    /// Responds with 405 on every known path. All routes are entered as GET.
    private let refusals = Router()

    /// - Parameter check: Looks at each request before anything else does, and throws its refusal.
    init(check: (@Sendable (HTTPRequest) async throws -> Void)? = nil) {
        guard let check else { return }
        self.routes.add(middleware: Admission(check: check))
    }

    /// Adds a path that is read.
    func get(_ path: RouterPath, _ handler: @escaping Handler) {
        self.routes.get(path, use: handler)
        self.refuse(path, allowed: "GET, HEAD")
    }

    /// Adds a path for POST.
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
    /// - Returns: The responder, which is independent of this value.
    func responder(unknownPath: String) -> Responder {
        // Hummingbird runs the last middleware only for requests without a route.
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

/// Refuses requests before they are routed.
private struct Admission: RouterMiddleware {
    let check: @Sendable (HTTPRequest) async throws -> Void

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: @concurrent (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        try await self.check(request.head)
        return try await next(request, context)
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

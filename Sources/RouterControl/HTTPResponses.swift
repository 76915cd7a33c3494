import HTTPTypes
import Hummingbird
import NIOCore
import NetBIOSRouter
import RouteConfig

extension Response {
    /// Returns a response with a text as its body, which is sent in parts as the client takes them.
    init(
        _ status: HTTPResponse.Status = .ok,
        text: ChunkedText,
        contentType: String,
        fields: HTTPFields = [:]
    ) {
        var fields = fields
        fields[.contentType] = contentType
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.connection] = "close"
        let body = ResponseBody(contentLength: text.byteCount) { writer in
            for var chunk in text.chunks {
                while let part = chunk.readSlice(length: min(Self.partLength, chunk.readableBytes)),
                    part.readableBytes > 0
                {
                    try await writer.write(part)
                }
            }
            try await writer.finish(nil)
        }
        self.init(status: status, headers: fields, body: body)
    }

    /// Bytes that are given to a connection at a time.
    private static let partLength = 16 * 1024

    /// Returns a response with a short value as JSON.
    init(_ status: HTTPResponse.Status = .ok, json value: some Encodable, fields: HTTPFields = [:]) throws {
        var text = ChunkedText()
        text += try JSONText.of(value) + "\n"
        self.init(status, text: text, contentType: "application/json", fields: fields)
    }

    /// Returns a response with JSON of any length, which is made on the thread that renders.
    init(renderedBy router: RouterService, _ json: @escaping @Sendable () throws -> ChunkedText) async throws {
        let text = try await router.render { Result { try json() } }.get()
        self.init(text: text, contentType: "application/json")
    }
}

/// The refusal of a request: a status and `{"error": …}`.
struct HTTPFailure: HTTPResponseError {
    let status: HTTPResponse.Status
    /// One sentence without a full stop.
    let reason: String
    let fields: HTTPFields

    init(_ status: HTTPResponse.Status, _ reason: String, fields: HTTPFields = [:]) {
        self.status = status
        self.reason = reason
        self.fields = fields
    }

    static let starting = HTTPFailure(.serviceUnavailable, "the router is starting")

    func response(from request: Request, context: some RequestContext) throws -> Response {
        try Response(self.status, json: FailureReport(error: self.reason), fields: self.fields)
    }
}

/// The JSON of an ``HTTPFailure``.
struct FailureReport: Hashable, Sendable, Codable {
    /// One sentence without a full stop.
    var error: String
}

extension String {
    /// Decodes each `%XX` (RFC 3986 §2.1), which Hummingbird does not do in parameters.
    var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = Array(self.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

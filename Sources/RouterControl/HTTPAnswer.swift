import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import RouteConfig

/// One request of HTTP, as far as we look at it.
struct HTTPQuestion: Hashable, Sendable {
    var method: HTTPRequest.Method
    /// The decoded path, part by part: `sessions`, `0a1b2c3d`.
    var path: [String]

    init(method: HTTPRequest.Method, path: [String]) {
        self.method = method
        self.path = path
    }

    /// What a request asks for.
    init(_ request: Request) {
        self.method = request.method
        self.path = request.uri.path.split(separator: "/").map { Self.decoded($0) }
    }

    /// A part of a path with each `%XX` as the byte that it stands for (RFC 3986 §2.1).
    private static func decoded(_ part: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(part.utf8)[...]
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

    /// Whether nothing is to be changed.
    var isReading: Bool { self.method == .get || self.method == .head }
}

/// What is answered to a request of HTTP.
struct HTTPAnswer: Sendable {
    var status: HTTPResponse.Status
    var contentType: String
    var body: [UInt8]
    /// Further header fields.
    var fields: HTTPFields = [:]

    /// An answer with a text as its body.
    init(_ status: HTTPResponse.Status = .ok, text: String, contentType: String = "text/plain; charset=utf-8") {
        self.status = status
        self.contentType = contentType
        self.body = Array(text.utf8)
    }

    /// An answer with a value as JSON.
    init(_ status: HTTPResponse.Status = .ok, json value: some Encodable) {
        self.status = status
        self.contentType = "application/json"
        do {
            self.body = Array(try JSONText.of(value).utf8) + [UInt8(ascii: "\n")]
        } catch {
            self.status = .internalServerError
            self.body = Array(#"{"error": "the answer has no JSON form"}"#.utf8)
        }
    }

    /// An answer that says what is wrong with the request.
    static func failure(_ status: HTTPResponse.Status, _ reason: String) -> HTTPAnswer {
        HTTPAnswer(status, json: FailureReport(error: reason))
    }

    /// An answer to a request with a method that its path does not take.
    static func wrongMethod(allowed: String) -> HTTPAnswer {
        var answer = self.failure(.methodNotAllowed, "this path takes \(allowed)")
        answer.fields[.allow] = allowed
        return answer
    }

    /// The header. One request is answered on a connection, and nobody keeps an answer.
    var head: HTTPResponse {
        var fields = self.fields
        fields[.contentType] = self.contentType
        fields[.contentLength] = String(self.body.count)
        fields[.cacheControl] = "no-store"
        fields[.xContentTypeOptions] = "nosniff"
        fields[.connection] = "close"
        return HTTPResponse(status: self.status, headerFields: fields)
    }
}

/// The JSON of an answer to a request that was not done.
struct FailureReport: Hashable, Sendable, Codable {
    /// One sentence without a full stop.
    var error: String
}

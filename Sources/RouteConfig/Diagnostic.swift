/// A problem of the configuration and its place in the files.
public struct Diagnostic: Hashable, Sendable {
    public var problem: Problem
    /// The text that the problem is about.
    public var span: SourceSpan
    /// Other places that explain the problem, the most helpful first.
    public var related: [RelatedSpan]

    public init(_ problem: Problem, at span: SourceSpan, related: [RelatedSpan] = []) {
        self.problem = problem
        self.span = span
        self.related = related
    }

    public var code: DiagnosticCode { self.problem.wording.code }
    public var severity: Severity { self.code.severity }
    /// The problem: one sentence without a full stop.
    public var message: String { self.problem.wording.message }
    /// Text after the caret; `nil` if the message suffices.
    public var label: String? { self.problem.wording.label }
    /// The remedy.
    public var help: String? { self.problem.wording.help }
}

/// Another place that explains a diagnostic.
public struct RelatedSpan: Hashable, Sendable {
    public var span: SourceSpan
    /// The role of the place, such as `first written here`.
    public var message: String

    public init(_ message: String, at span: SourceSpan) {
        self.span = span
        self.message = message
    }
}

/// The severity of a diagnostic: errors make the configuration unusable.
public enum Severity: String, Hashable, Sendable, CaseIterable {
    case error, warning
}

/// The texts of a ``Problem``.
struct Wording {
    var code: DiagnosticCode
    var message: String
    var label: String?
    var help: String?

    init(_ code: DiagnosticCode, _ message: String, label: String? = nil, help: String? = nil) {
        self.code = code
        self.message = message
        self.label = label
        self.help = help
    }
}

/// One thing about the files that the operator should know, and where.
public struct Diagnostic: Hashable, Sendable {
    public var problem: Problem
    /// What the problem is about.
    public var span: SourceSpan
    /// Other places that explain it, the most telling first.
    public var related: [RelatedSpan]

    /// A problem at its place.
    public init(_ problem: Problem, at span: SourceSpan, related: [RelatedSpan] = []) {
        self.problem = problem
        self.span = span
        self.related = related
    }

    public var code: DiagnosticCode { self.problem.wording.code }
    public var severity: Severity { self.code.severity }
    /// What was found and what is allowed: one sentence without a full stop.
    public var message: String { self.problem.wording.message }
    /// Stands behind the caret; `nil` where the message says it all.
    public var label: String? { self.problem.wording.label }
    /// What to do about it.
    public var help: String? { self.problem.wording.help }
}

/// Another place that explains a diagnostic.
public struct RelatedSpan: Hashable, Sendable {
    public var span: SourceSpan
    /// What is there, such as `first written here`.
    public var message: String

    /// A place and what is there.
    public init(_ message: String, at span: SourceSpan) {
        self.span = span
        self.message = message
    }
}

/// Whether a diagnostic makes the configuration unusable.
public enum Severity: String, Hashable, Sendable, CaseIterable {
    case error, warning
}

/// How a ``Problem`` is put into words.
struct Wording {
    var code: DiagnosticCode
    var message: String
    var label: String?
    var help: String?

    /// The words of one problem.
    init(_ code: DiagnosticCode, _ message: String, label: String? = nil, help: String? = nil) {
        self.code = code
        self.message = message
        self.label = label
        self.help = help
    }
}

/// The JSON form of a verdict: `valid`, the counts and the diagnostics.
public struct CheckVerdict: Encodable {
    private let report: LoadReport
    private let isStrict: Bool
    private let further: (any Encodable)?

    /// - Parameters:
    ///   - report: The report to encode.
    ///   - isStrict: Whether warnings make the configuration invalid.
    ///   - further: An object whose members are added to those of `check`.
    public init(_ report: LoadReport, isStrict: Bool, further: (any Encodable)? = nil) {
        self.report = report
        self.isStrict = isStrict
        self.further = further
    }

    private enum CodingKeys: String, CodingKey {
        case valid, errors, warnings, diagnostics
    }

    public func encode(to encoder: any Encoder) throws {
        let isValid = self.report.verdict == .valid && !(self.isStrict && self.report.warningCount > 0)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(isValid, forKey: .valid)
        try container.encode(self.report.errorCount, forKey: .errors)
        try container.encode(self.report.warningCount, forKey: .warnings)
        try container.encode(self.report.diagnostics.map(DiagnosticMember.init), forKey: .diagnostics)
        try self.further?.encode(to: encoder)
    }
}

/// The members of a diagnostic in the JSON form.
private struct DiagnosticMember: Encodable {
    let diagnostic: DiagnosticReport

    private enum CodingKeys: String, CodingKey {
        case severity, code, message, help, related
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.diagnostic.severity, forKey: .severity)
        try container.encode(self.diagnostic.code, forKey: .code)
        try container.encode(self.diagnostic.message, forKey: .message)
        // `null` if there is none.
        try container.encode(self.diagnostic.help, forKey: .help)
        try container.encode(self.diagnostic.related.map(RelatedMember.init), forKey: .related)
        try PlaceMembers(place: self.diagnostic.place).encode(to: encoder)
    }
}

private struct RelatedMember: Encodable {
    let related: RelatedReport

    private enum CodingKeys: String, CodingKey {
        case message
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.related.message, forKey: .message)
        try PlaceMembers(place: self.related.place).encode(to: encoder)
    }
}

/// The members of a place.
private struct PlaceMembers: Encodable {
    let place: ReportedPlace

    private enum CodingKeys: String, CodingKey {
        case file, line, column
        case endLine = "end_line"
        case endColumn = "end_column"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.place.file, forKey: .file)
        try container.encode(self.place.line, forKey: .line)
        try container.encode(self.place.column, forKey: .column)
        try container.encode(self.place.endLine, forKey: .endLine)
        try container.encode(self.place.endColumn, forKey: .endColumn)
    }
}

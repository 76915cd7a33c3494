/// The kind of a diagnostic: the stable word in `error[...]`, for scripts and the manual.
public enum DiagnosticCode: String, Hashable, Sendable, CaseIterable {
    // The file and its YAML.
    case unreadableFile = "unreadable-file"
    case documentTooLarge = "document-too-large"
    case yamlEncoding = "yaml-encoding"
    case yamlByteOrderMark = "yaml-byte-order-mark"
    case yamlLineEnds = "yaml-line-ends"
    case yamlCharacter = "yaml-character"
    case yamlSyntax = "yaml-syntax"
    case yamlTab = "yaml-tab"
    case yamlAlias = "yaml-alias"
    case yamlMerge = "yaml-merge"
    case yamlTag = "yaml-tag"
    case yamlDocuments = "yaml-documents"
    case yamlKey = "yaml-key"

    // Keys and the shape of values.
    case duplicateKey = "duplicate-key"
    case unknownKey = "unknown-key"
    case wrongType = "wrong-type"
    case missingKey = "missing-key"
    case missingBackend = "missing-backend"
    case bothBackendAndBackends = "both-backend-and-backends"
    case tooManyBackends = "too-many-backends"
    case noRoutes = "no-routes"
    case emptyList = "empty-list"
    case duplicateEntry = "duplicate-entry"

    // Single values.
    case nameEmpty = "name-empty"
    case nameTooLong = "name-too-long"
    case nameCharacter = "name-character"
    case nameReserved = "name-reserved"
    case scopeLabel = "scope-label"
    case scopeTooLong = "scope-too-long"
    case scopeNone = "scope-none"
    case suffixForm = "suffix-form"
    case badAddress = "bad-address"
    case badCIDR = "bad-cidr"
    case cidrHostBits = "cidr-host-bits"
    case badPort = "bad-port"
    case badHost = "bad-host"
    case badDuration = "bad-duration"
    case badSize = "bad-size"
    case badChoice = "bad-choice"
    case badInterface = "bad-interface"
    case badPath = "bad-path"

    // Relations between values.
    case duplicateName = "duplicate-name"
    case redundantAlias = "redundant-alias"
    case unknownDefaultRoute = "unknown-default-route"
    case ambiguousDefaultRoute = "ambiguous-default-route"
    case missingDefaultRoute = "missing-default-route"
    case defaultRouteShadowed = "default-route-shadowed"
    case backendIsSelf = "backend-is-self"
    case winsMissing = "wins-missing"
    case winsUnused = "wins-unused"
    case announceWithoutWorkgroup = "announce-without-workgroup"
    case portTwice = "port-twice"
    case manyHealthChecks = "many-health-checks"
    case allowCoveredByDeny = "allow-covered-by-deny"

    // Included files.
    case includeNotFound = "include-not-found"
    case includeCycle = "include-cycle"
    case includeKey = "include-key"
    case includeMatchesNothing = "include-matches-nothing"

    /// The severity, the same for every diagnostic of the code.
    public var severity: Severity {
        switch self {
        case .unreadableFile, .documentTooLarge, .yamlEncoding, .yamlCharacter, .yamlSyntax, .yamlTab, .yamlAlias,
            .yamlMerge, .yamlTag, .yamlDocuments, .yamlKey, .duplicateKey, .unknownKey, .wrongType, .missingKey,
            .missingBackend, .noRoutes, .bothBackendAndBackends, .tooManyBackends, .emptyList, .nameEmpty,
            .nameTooLong, .nameCharacter, .nameReserved, .scopeLabel, .scopeTooLong, .suffixForm, .badAddress,
            .badCIDR, .badPort, .badHost, .badDuration, .badSize, .badChoice, .badInterface, .badPath, .duplicateName,
            .unknownDefaultRoute, .ambiguousDefaultRoute, .missingDefaultRoute, .backendIsSelf, .winsMissing,
            .announceWithoutWorkgroup, .portTwice, .includeNotFound, .includeCycle, .includeKey:
            .error
        case .yamlByteOrderMark, .yamlLineEnds, .duplicateEntry, .scopeNone, .cidrHostBits, .redundantAlias,
            .defaultRouteShadowed, .winsUnused, .manyHealthChecks, .allowCoveredByDeny, .includeMatchesNothing:
            .warning
        }
    }
}

public import ArgumentParser
public import NetBIOS

extension IPv4Address: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }
}

extension InvalidNameNotation {
    /// Explains the error and the allowed values.
    var advice: String {
        switch self {
        case .suffix(let text): "the suffix '\(text)' is not two hexadecimal digits, as in NAME<20> or NAME#20"
        case .name(.empty): "it is empty"
        case .name(.tooLong(let bytes)): "it is \(bytes) bytes, the limit is \(NetBIOSName.maximumTextLength)"
        case .name(.character(let byte, _)): "it has the byte 0x\(Suffix(rawValue: byte)), which no name may have"
        case .name(.reserved): "names that begin with * are reserved; clients call *SMBSERVER"
        case .name(.surroundingSpace): "it begins or ends with a space"
        }
    }
}

extension QualifiedName {
    /// Parses a name of the command line, with the scope of the command line.
    ///
    /// - Throws: `ValidationError` with the reason and the allowed values.
    init(argument text: String, suffix: Suffix = .fileServer, scope: String?) throws {
        let scope = try Scope(argument: scope)
        do throws(InvalidNameNotation) {
            try self.init(notation: text, suffix: suffix, scope: scope)
        } catch {
            throw ValidationError("'\(text)' is not a NetBIOS name: \(error.advice).")
        }
    }
}

extension Scope {
    /// Parses the scope of the command line; the default is the empty scope.
    ///
    /// - Throws: `ValidationError` with the allowed values.
    init(argument text: String?) throws {
        do throws(InvalidScope) {
            try self.init(text ?? "")
        } catch {
            throw ValidationError("'\(text ?? "")' is not a NetBIOS scope: labels of 1 to 63 bytes between dots.")
        }
    }
}

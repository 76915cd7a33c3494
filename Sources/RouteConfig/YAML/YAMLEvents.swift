import CYAML

/// An event of libyaml's parser.
enum YAMLEvent {
    case streamStart
    case streamEnd
    case documentStart
    case documentEnd
    case alias(String)
    case scalar(String, YAMLStyle, anchor: String?, tag: String?)
    case sequenceStart(anchor: String?, tag: String?)
    case sequenceEnd
    case mappingStart(anchor: String?, tag: String?)
    case mappingEnd
}

/// An error of libyaml: its position in code points from the start of the text, and its message.
struct YAMLParserFailure: Error {
    var words: String
    var place: Int
    /// The construct being parsed, such as `while parsing a block mapping`, and its start.
    var context: (words: String, place: Int)?
    /// The parser is out of memory, or received bytes that it cannot read.
    var isInternal = false
}

/// libyaml's parser over a buffer; its pointers do not leave this type.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    /// Runs `body` with the events of `bytes`, which are UTF-8 without a byte order mark.
    static func withEvents<Result>(of bytes: [UInt8], _ body: (inout YAMLEvents) -> Result) -> Result? {
        bytes.withUnsafeBufferPointer { buffer in
            guard var events = YAMLEvents(buffer) else { return nil }
            return body(&events)
        }
    }

    /// - Parameter buffer: Must outlive the parser.
    private init?(_ buffer: UnsafeBufferPointer<UInt8>) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
        self.parser = parser
    }

    deinit {
        yaml_parser_delete(self.parser)
        self.parser.deallocate()
    }

    /// Returns the next event and its range of code points.
    mutating func next() throws(YAMLParserFailure) -> (event: YAMLEvent, start: Int, end: Int) {
        var event = yaml_event_t()
        guard yaml_parser_parse(self.parser, &event) == 1 else { throw self.failure }
        defer { yaml_event_delete(&event) }
        return (Self.value(of: event), Int(event.start_mark.index), Int(event.end_mark.index))
    }

    /// Copies libyaml's event, which is freed afterwards.
    private static func value(of event: yaml_event_t) -> YAMLEvent {
        switch event.type {
        case YAML_STREAM_END_EVENT: .streamEnd
        case YAML_DOCUMENT_START_EVENT: .documentStart
        case YAML_DOCUMENT_END_EVENT: .documentEnd
        case YAML_ALIAS_EVENT: .alias(self.text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            .scalar(
                String(
                    decoding: UnsafeBufferPointer(
                        start: event.data.scalar.value,
                        count: event.data.scalar.value == nil ? 0 : event.data.scalar.length
                    ),
                    as: UTF8.self
                ),
                self.style(event.data.scalar.style),
                anchor: self.text(event.data.scalar.anchor),
                tag: self.text(event.data.scalar.tag)
            )
        case YAML_SEQUENCE_START_EVENT:
            .sequenceStart(
                anchor: self.text(event.data.sequence_start.anchor),
                tag: self.text(event.data.sequence_start.tag)
            )
        case YAML_SEQUENCE_END_EVENT: .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            .mappingStart(
                anchor: self.text(event.data.mapping_start.anchor),
                tag: self.text(event.data.mapping_start.tag)
            )
        case YAML_MAPPING_END_EVENT: .mappingEnd
        case YAML_STREAM_START_EVENT: .streamStart
        // libyaml has no other events between the start and end of a stream.
        default: .streamEnd
        }
    }

    /// Returns the style of a scalar.
    private static func style(_ style: yaml_scalar_style_t) -> YAMLStyle {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }

    /// Copies libyaml's zero-terminated text.
    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    /// The parser's error.
    private var failure: YAMLParserFailure {
        let parser = self.parser.pointee
        let words = parser.problem.map { String(cString: $0) } ?? "the text is not YAML"
        var failure = YAMLParserFailure(words: words, place: Int(parser.problem_mark.index))
        if let context = parser.context {
            failure.context = (String(cString: context), Int(parser.context_mark.index))
        }
        failure.isInternal = parser.error == YAML_MEMORY_ERROR || parser.error == YAML_READER_ERROR
        return failure
    }
}

import ArgumentParser
import RouteConfig

/// `nbrouter schema`: prints the JSON Schema of routes.yaml, for editors.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of routes.yaml for editors.",
        discussion: """
            With a language server for YAML, put the schema beside the file:
              nbrouter schema > routes.schema.json
            and begin the file with the line:
              # yaml-language-server: $schema=routes.schema.json
            `nbrouter check` finds more: a schema cannot compare one value with another.
            """
    )

    func run() throws {
        print(try JSONSchema.text, terminator: "")
    }
}

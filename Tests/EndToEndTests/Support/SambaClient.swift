import Foundation

/// `smbclient` and `nmblookup` on a host; names are resolved by broadcast unless set otherwise.
struct SambaClient {
    let host: Host
    /// The NetBIOS scope it lives in.
    var scope = ""
    /// The name resolution, in Samba's words: `bcast`, `host`.
    var resolution = "bcast"
    /// The port to connect to.
    var port = 139
    /// The only dialect, by Samba's name; `nil` to negotiate.
    var dialect: String?

    /// Runs commands on the share `files` of a server that is called by its NetBIOS name.
    func commands(_ commands: String, of name: String, within seconds: Double = 60) throws -> Finished {
        try self.host.run(
            [
                "smbclient", "//\(name)/files", "-p", "\(self.port)", "-N", "-s", try self.configuration().path, "-c",
                commands,
            ],
            within: seconds
        )
    }

    /// Lists the shares of a server that is called by its NetBIOS name.
    func shares(of name: String) throws -> Finished {
        try self.host.run([
            "smbclient", "-L", "//\(name)", "-p", "\(self.port)", "-N", "-s", try self.configuration().path,
        ])
    }

    /// Runs nmblookup.
    func nmblookup(_ arguments: String...) throws -> Finished {
        try self.host.run(["nmblookup", "-s", try self.configuration().path] + arguments)
    }

    /// Runs one of smbtorture's tests against a name, as a guest or as a user with a password (`root%secret`).
    func smbtorture(
        _ test: String,
        name: String,
        share: String = "files",
        user: String = "%",
        within seconds: Double = 30
    ) throws -> Finished {
        try self.host.run(
            [
                "smbtorture", "//\(name)/\(share)", "-p", "\(self.port)", "-s", try self.configuration().path,
                "-U\(user)", "--seed=1", test,
            ],
            within: seconds
        )
    }

    /// The content of a server's `hello.txt`.
    ///
    /// - Throws: ``ToolFailure`` if it cannot be read.
    func greeting(of name: String) throws -> String {
        let copy = self.host.folder.newFile("hello")
        let finished = try self.commands("get hello.txt \(copy.path)", of: name)
        guard finished.succeeded else { throw ToolFailure(finished: finished) }
        return try String(contentsOf: copy, encoding: .utf8)
    }

    private func configuration() throws -> URL {
        let folder = try self.host.folder.newFolder("client-samba")
        var lines = """
            [global]
            interfaces = eth0
            name resolve order = \(self.resolution)
            netbios name = OLDBOX
            client min protocol = \(self.dialect ?? "NT1")
            client max protocol = \(self.dialect ?? "SMB3_11")
            \(SambaFolders.settings(in: folder))

            """
        if !self.scope.isEmpty { lines += "netbios scope = \(self.scope)\n" }
        return try self.host.folder.write(lines, named: "client.conf")
    }
}

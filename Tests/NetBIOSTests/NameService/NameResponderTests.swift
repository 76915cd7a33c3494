import Testing

@testable import NetBIOS

/// A responder at `192.0.2.1` that owns `FILESRV<20>`, `FILESRV<00>`, the group `WORKGROUP<00>`, `FLOATING<20>` at
/// another address, and `FILESRV<20>` in the scope `example.com`.
struct NameResponderTests {
    private static let floatingAddress = IPv4Address(192, 0, 2, 50)
    private static let floating = QualifiedName(.raw("FLOATING", 0x20))
    private static let workstation = QualifiedName(.raw("FILESRV", 0x00))
    private static let otherInterface = IPv4Address(192, 0, 2, 2)

    private let responder = NameResponder(
        address: .node,
        ownAddresses: [otherInterface],
        nodeType: .broadcast,
        timeToLive: 259_200,
        unitID: UnitID(rawValue: 0x0200_5E10_0001)
    )
    private let names = {
        var table = NameTable()
        table.insert(AdvertisedName(workstation))
        table.insert(AdvertisedName(.fileServer))
        table.insert(AdvertisedName(.workgroup, isGroup: true))
        table.insert(AdvertisedName(floating, address: floatingAddress))
        table.insert(AdvertisedName(.scopedFileServer))
        return table
    }()

    private func answer(
        _ operation: NameServiceRequest.Operation,
        _ name: QualifiedName,
        from host: IPv4Address = .client,
        isBroadcast: Bool
    ) -> NameServiceResponse.Answer? {
        let request = NameServiceRequest(
            transactionID: 0xBEEF,
            name: name,
            isBroadcast: isBroadcast,
            operation: operation
        )
        return self.responder.response(to: request, from: host, wasBroadcast: isBroadcast, names: self.names)?.answer
    }

    // MARK: Queries

    @Test(arguments: [true, false])
    func `a query for an owned name gets the interface's address, broadcast or not`(isBroadcast: Bool) {
        let expected = NameServiceResponse.Answer.addresses([AddressEntry(.node)], timeToLive: 259_200)
        #expect(self.answer(.query(recursionDesired: true), .fileServer, isBroadcast: isBroadcast) == expected)
        #expect(self.answer(.query(recursionDesired: false), .fileServer, isBroadcast: isBroadcast) == expected)
        #expect(self.answer(.query(recursionDesired: true), .scopedFileServer, isBroadcast: isBroadcast) == expected)
    }

    @Test func `a name with an address of its own is answered with that`() {
        #expect(
            self.answer(.query(recursionDesired: true), Self.floating, isBroadcast: true)
                == .addresses([AddressEntry(Self.floatingAddress)], timeToLive: 259_200)
        )
    }

    @Test func `a group name is answered as a group's`() {
        #expect(
            self.answer(.query(recursionDesired: true), .workgroup, isBroadcast: true)
                == .addresses([AddressEntry(.node, isGroup: true)], timeToLive: 259_200)
        )
    }

    @Test func `an answer has the asker's id and spelling`() throws {
        var name = QualifiedName.scopedFileServer
        name.name = .raw("FileSrv", 0x20)
        name.scope = Scope(labels: [Array("Example".utf8), Array("COM".utf8)])
        let request = NameServiceRequest(
            transactionID: 0xBEEF,
            name: name,
            isBroadcast: true,
            operation: .query(recursionDesired: true)
        )
        let response = try #require(
            self.responder.response(to: request, from: .client, wasBroadcast: true, names: self.names)
        )
        #expect(response.transactionID == 0xBEEF)
        #expect(response.name.name.bytes == name.name.bytes)
        #expect(response.name.scope.labels == name.scope.labels)
    }

    @Test func `an unknown name is met with silence when broadcast, and refused when asked directly`() {
        for name in [
            QualifiedName.other, QualifiedName(.raw("FILESRV", 0x1D)),
            QualifiedName(.raw("FLOATING", 0x20), scope: QualifiedName.scopedFileServer.scope),
        ] {
            #expect(self.answer(.query(recursionDesired: true), name, isBroadcast: true) == nil)
            #expect(
                self.answer(.query(recursionDesired: true), name, isBroadcast: false) == .queryRefused(.nameUnknown)
            )
            #expect(
                self.answer(.query(recursionDesired: false), name, isBroadcast: false) == .queryRefused(.nameUnknown)
            )
        }
    }

    @Test
    func `an unknown name is met with silence when only the packet or only the datagram says that it was broadcast`() {
        for (bit, wasBroadcast) in [(true, false), (false, true)] {
            let request = NameServiceRequest(
                transactionID: 1,
                name: .other,
                isBroadcast: bit,
                operation: .query(recursionDesired: true)
            )
            #expect(
                self.responder.response(to: request, from: .client, wasBroadcast: wasBroadcast, names: self.names)
                    == nil
            )
        }
    }

    @Test func `* is answered with the interface's address, in scopes with an owned name`() {
        let expected = NameServiceResponse.Answer.addresses([AddressEntry(.node)], timeToLive: 259_200)
        let scoped = QualifiedName(.wildcard, scope: QualifiedName.scopedFileServer.scope)
        let elsewhere = QualifiedName(.wildcard, scope: Scope(labels: [Array("elsewhere".utf8)]))
        #expect(self.answer(.query(recursionDesired: true), .wildcard, isBroadcast: true) == expected)
        #expect(self.answer(.query(recursionDesired: true), scoped, isBroadcast: true) == expected)
        #expect(self.answer(.query(recursionDesired: true), elsewhere, isBroadcast: true) == nil)
        #expect(
            self.answer(.query(recursionDesired: true), elsewhere, isBroadcast: false) == .queryRefused(.nameUnknown)
        )
    }

    // MARK: Node status

    private func status(_ name: QualifiedName, isBroadcast: Bool = false) -> NodeStatus? {
        guard case .nodeStatus(let status) = self.answer(.nodeStatus, name, isBroadcast: isBroadcast) else {
            return nil
        }
        return status
    }

    @Test(arguments: [true, false])
    func `a node status lists the queried name first, then the others of its scope`(isBroadcast: Bool) throws {
        let status = try #require(self.status(Self.floating, isBroadcast: isBroadcast))
        #expect(status.names.first == NodeStatus.Name(.raw("FLOATING", 0x20)))
        #expect(
            Set(status.names) == [
                NodeStatus.Name(.raw("FLOATING", 0x20)),
                NodeStatus.Name(.raw("FILESRV", 0x00)),
                NodeStatus.Name(.raw("FILESRV", 0x20)),
                NodeStatus.Name(.raw("WORKGROUP", 0x00), isGroup: true),
            ]
        )
        #expect(!status.isTruncated)
        #expect(status.unitID == UnitID(rawValue: 0x0200_5E10_0001))
    }

    @Test func `a node status for * lists the names of the scope that was asked`() throws {
        let scoped = QualifiedName(.wildcard, scope: QualifiedName.scopedFileServer.scope)
        #expect(try #require(self.status(scoped)).names == [NodeStatus.Name(.raw("FILESRV", 0x20))])
        #expect(try #require(self.status(.wildcard)).names.count == 4)
    }

    @Test(arguments: [true, false])
    func `a node status request for an unowned name is not answered`(isBroadcast: Bool) {
        #expect(self.answer(.nodeStatus, .other, isBroadcast: isBroadcast) == nil)
        let elsewhere = QualifiedName(.wildcard, scope: Scope(labels: [Array("elsewhere".utf8)]))
        #expect(self.answer(.nodeStatus, elsewhere, isBroadcast: isBroadcast) == nil)
    }

    @Test func `a node status of many names lists 25, the queried one first, and says that it is truncated`() throws {
        var table = NameTable()
        for number in 0..<5_000 { table.insert(AdvertisedName(.numbered(number))) }
        let request = NameServiceRequest(
            transactionID: 1,
            name: .numbered(4_321),
            isBroadcast: false,
            operation: .nodeStatus
        )
        let response = self.responder.response(to: request, from: .client, wasBroadcast: false, names: table)
        guard case .nodeStatus(let status) = response?.answer else { Issue.record("no node status"); return }
        #expect(status.names.count == 25)
        #expect(Set(status.names).count == 25)
        #expect(status.names.first?.name == .raw("NAME-4321", 0x20))
        #expect(status.isTruncated)
    }

    // MARK: Defence

    /// All kinds of registrations of a name for an address.
    private static func registrations(_ entry: AddressEntry) -> [NameServiceRequest.Operation] {
        [
            .registration(entry, timeToLive: 300),
            .overwrite(entry, timeToLive: 300),
            .refresh(entry, timeToLive: 300),
            .multihomedRegistration(entry, timeToLive: 300),
        ]
    }

    @Test(arguments: [true, false])
    func `registering, overwriting or refreshing an owned unique name is refused as active`(isBroadcast: Bool) {
        for entry in [AddressEntry(.rival), AddressEntry(.rival, isGroup: true)] {
            for operation in Self.registrations(entry) {
                #expect(
                    self.answer(operation, .fileServer, from: .rival, isBroadcast: isBroadcast)
                        == .registrationRefused(.active, entry, timeToLive: 0)
                )
            }
        }
    }

    @Test func `a group may be joined, but not taken as a unique name`() {
        let member = AddressEntry(.rival, isGroup: true)
        for operation in Self.registrations(member) {
            #expect(self.answer(operation, .workgroup, from: .rival, isBroadcast: true) == nil)
        }
        let owner = AddressEntry(.rival)
        for operation in Self.registrations(owner) {
            #expect(
                self.answer(operation, .workgroup, from: .rival, isBroadcast: true)
                    == .registrationRefused(.active, owner, timeToLive: 0)
            )
        }
    }

    @Test func `the host's own addresses may register and release names`() {
        for address in [IPv4Address.node, Self.otherInterface] {
            for operation in Self.registrations(AddressEntry(address)) + [.release(AddressEntry(address))] {
                #expect(self.answer(operation, .fileServer, from: .rival, isBroadcast: true) == nil)
            }
            for operation in Self.registrations(AddressEntry(.rival)) {
                #expect(self.answer(operation, .fileServer, from: address, isBroadcast: true) == nil)
            }
        }
        for operation in Self.registrations(AddressEntry(Self.floatingAddress)) {
            #expect(self.answer(operation, Self.floating, from: .rival, isBroadcast: true) == nil)
            #expect(self.answer(operation, .fileServer, from: .rival, isBroadcast: true) != nil)
        }
    }

    @Test(arguments: [true, false])
    func `registering an unowned name is not answered`(isBroadcast: Bool) {
        for operation in Self.registrations(AddressEntry(.rival)) + [.release(AddressEntry(.rival))] {
            #expect(self.answer(operation, .other, from: .rival, isBroadcast: isBroadcast) == nil)
            #expect(self.answer(operation, .wildcard, from: .rival, isBroadcast: isBroadcast) == nil)
        }
    }

    @Test func `releasing an owned unique name is refused as active; others may leave a group`() {
        let entry = AddressEntry(.rival)
        for isBroadcast in [true, false] {
            #expect(
                self.answer(.release(entry), .fileServer, from: .rival, isBroadcast: isBroadcast)
                    == .releaseRefused(.active, entry, timeToLive: 0)
            )
        }
        let member = AddressEntry(.rival, isGroup: true)
        #expect(self.answer(.release(member), .workgroup, from: .rival, isBroadcast: true) == nil)
    }
}

struct NameTableTests {
    @Test func `names come and go, and each scope lists its own`() {
        var table = NameTable()
        for number in 0..<100 { table.insert(AdvertisedName(.numbered(number))) }
        table.insert(AdvertisedName(.scopedFileServer))
        for number in stride(from: 0, to: 100, by: 3) { table.remove(.numbered(number)) }
        table.remove(.numbered(0))
        let left = (0..<100).filter { $0 % 3 != 0 }.map { QualifiedName.numbered($0) }
        #expect(Set(table.names(in: .none)) == Set(left))
        #expect(table.names(in: .none).count == left.count)
        #expect(table.names(in: QualifiedName.scopedFileServer.scope) == [.scopedFileServer])
        #expect(table[.numbered(1)]?.name == .numbered(1))
        #expect(table[.numbered(3)] == nil)
        table.remove(.scopedFileServer)
        #expect(table.names(in: QualifiedName.scopedFileServer.scope).isEmpty)
        table.removeAll()
        #expect(table.names(in: .none).isEmpty)
    }

    @Test func `a name that is there already is changed in place`() {
        var table = NameTable()
        table.insert(AdvertisedName(.fileServer))
        table.insert(AdvertisedName(.fileServer, address: .rival))
        #expect(table[.fileServer]?.address == .rival)
        #expect(table.names(in: .none) == [.fileServer])
    }
}

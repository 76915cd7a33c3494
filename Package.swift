// swift-tools-version: 6.3
import PackageDescription

/// Compiler settings of every target: Swift 6, explicit access of imports, warnings as errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "nbrouter",
    products: [.executable(name: "nbrouter", targets: ["nbrouter"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "NetBIOS", swiftSettings: strict),
        .target(name: "RouteConfig", dependencies: ["NetBIOS", "CYAML"], swiftSettings: strict),
        .target(
            name: "Sockets",
            dependencies: [
                "CLinux",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "NetBIOSRouter",
            dependencies: [
                "CLinux",
                "NetBIOS",
                "RouteConfig",
                "Sockets",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "NetworkDiagnosis",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "RouteConfig",
                "Sockets",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RouterControl",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "RouteConfig",
                "Sockets",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .plugin(name: "CommitPlugin", capability: .buildTool(), path: "Sources/CommitPlugin"),
        .executableTarget(
            name: "nbrouter",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "NetworkDiagnosis",
                "RouteConfig",
                "RouterControl",
                "Sockets",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict,
            plugins: ["CommitPlugin"]
        ),
        .testTarget(name: "NetBIOSTests", dependencies: ["NetBIOS"], swiftSettings: strict),
        .testTarget(name: "RouteConfigTests", dependencies: ["NetBIOS", "RouteConfig"], swiftSettings: strict),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(name: "SocketsTests", dependencies: ["Sockets", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "NetBIOSRouterTests",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "RouteConfig",
                "Sockets",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NetworkDiagnosisTests",
            dependencies: ["NetBIOS", "NetBIOSRouter", "NetworkDiagnosis", "RouteConfig", "Sockets", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RouterControlTests",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "RouteConfig",
                "RouterControl",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "nbrouterTests",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "NetworkDiagnosis",
                "RouteConfig",
                "RouterControl",
                "nbrouter",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "EndToEndTests", swiftSettings: strict),
    ]
)

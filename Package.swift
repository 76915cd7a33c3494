// swift-tools-version: 6.3
import PackageDescription

/// What every target of ours is compiled with: Swift 6, imports that say what they expose, no warning left standing.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// `RouterControl`, what operators see and say at run time, comes with the control socket; an empty target would say nothing.
let package = Package(
    name: "nbrouter",
    products: [.executable(name: "nbrouter", targets: ["nbrouter"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .target(name: "NetBIOS", swiftSettings: strict),
        .target(name: "RouteConfig", dependencies: ["NetBIOS", "CYAML"], swiftSettings: strict),
        .target(
            name: "NetBIOSRouter",
            dependencies: [
                "NetBIOS",
                "RouteConfig",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "nbrouter",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "RouteConfig",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "NetBIOSTests", dependencies: ["NetBIOS"], swiftSettings: strict),
        .testTarget(name: "RouteConfigTests", dependencies: ["NetBIOS", "RouteConfig"], swiftSettings: strict),
        .testTarget(
            name: "NetBIOSRouterTests",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "RouteConfig",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "nbrouterTests",
            dependencies: [
                "NetBIOS",
                "NetBIOSRouter",
                "nbrouter",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "EndToEndTests", swiftSettings: strict),
    ]
)

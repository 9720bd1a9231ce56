// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies + [arguments], swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, resources: resources,
        swiftSettings: settings)
}

func systemLibrary(_ name: String, pkgConfig: String, debianPackage: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debianPackage])])
}

// A target imports only from rings above its own; README.md explains the rings.
let package = Package(
    name: "bonded",
    products: [
        .executable(name: "bonded", targets: ["bonded"]),
        .executable(name: "seal", targets: ["seal"]),
        .executable(name: "bonded-pip", targets: ["bonded-pip"]),
        .executable(name: "tuf-client", targets: ["tuf-client"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Ring 0: C libraries.
        systemLibrary("CSodium", pkgConfig: "libsodium", debianPackage: "libsodium-dev"),
        systemLibrary("CPostgres", pkgConfig: "libpq", debianPackage: "libpq-dev"),
        systemLibrary("CCurl", pkgConfig: "libcurl", debianPackage: "libcurl4-openssl-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", debianPackage: "zlib1g-dev"),
        systemLibrary("CQREncode", pkgConfig: "libqrencode", debianPackage: "libqrencode-dev"),
        .target(name: "CLinux"),
        .target(name: "CProcess"),

        // Ring 1: bytes and syntax.
        library("CanonicalJSON"),
        library("HTTPMessage"),
        library("StrictYAML", [yaml]),

        // Ring 2: one domain each.
        library("TUF", ["CanonicalJSON", "CSodium", crypto, cryptoExtras]),
        library("Packaging", ["CZlib", "CanonicalJSON", crypto]),
        library("HTTPClient", ["CCurl"]),
        library("HTTPServer", ["CLinux", "CZlib", "CanonicalJSON", "HTTPMessage", logging]),
        library("Postgres", ["CPostgres", "CProcess", logging, crypto]),
        library("Blobs", ["CLinux", "CSodium", crypto]),

        // Ring 3: the specification's workflows.
        library("TUFClient", ["CanonicalJSON", "HTTPClient", "TUF"]),
        library("TUFRepository", ["CanonicalJSON", "Packaging", "TUF"]),
        library("Signing", ["CLinux", "CSodium", "CanonicalJSON", "TUF", crypto, cryptoExtras]),

        // Ring 4: the index, the ceremony that begins one, those who sign for it, those who install from it.
        library(
            "Ceremony", ["CQREncode", "CanonicalJSON", "Signing", "StrictYAML", "TUF", "TUFRepository"]),
        library(
            "Sealing",
            [
                "Blobs", "CanonicalJSON", "HTTPClient", "Packaging", "Signing", "TUF", "TUFClient",
                "TUFRepository", crypto,
            ]),
        library(
            "Installing",
            [
                "CSodium", "CanonicalJSON", "HTTPClient", "HTTPMessage", "HTTPServer", "Packaging",
                "StrictYAML",
                "TUF", "TUFClient", "TUFRepository", crypto,
            ]),
        library(
            "Warehouse",
            [
                "Blobs", "CSodium", "CZlib", "CanonicalJSON", "Packaging", "Postgres", "Signing", "TUF",
                "TUFClient",
                "TUFRepository",
                crypto, logging,
            ]),

        // Rings 5 and 6: its faces, the public one and the administrators'.
        library(
            "WarehouseWeb",
            [
                "Blobs", "CanonicalJSON", "HTTPMessage", "HTTPServer", "Packaging", "TUF", "TUFRepository",
                "Warehouse", crypto, logging,
            ]),
        library(
            "Admin",
            [
                "CanonicalJSON", "Ceremony", "HTTPMessage", "HTTPServer", "Packaging", "Signing", "TUF",
                "TUFRepository", "Warehouse", "WarehouseWeb", logging,
            ]),

        // Ring 7: programs.
        program(
            "bonded",
            [
                "Admin", "Blobs", "CLinux", "CanonicalJSON", "Ceremony", "HTTPServer", "Packaging",
                "Postgres", "Signing",
                "TUF", "TUFRepository",
                "StrictYAML", "Warehouse", "WarehouseWeb", logging,
            ]),
        program(
            "seal",
            [
                "CanonicalJSON", "Ceremony", "HTTPClient", "Packaging", "Sealing", "Signing", "TUF",
                "TUFClient",
                "TUFRepository",
            ]),

        program(
            "bonded-pip",
            [
                "HTTPClient", "HTTPServer", "Installing", "Packaging", "Signing", "StrictYAML", "TUF",
                "TUFClient", logging,
            ]),
        program("tuf-client", ["HTTPClient", "TUF", "TUFClient"]),

        // Only tests import these: a repository and its servers for clients, an index with a database.
        library(
            "ClientTestSupport",
            ["CSodium", "CanonicalJSON", "HTTPMessage", "HTTPServer", "TUF", logging]),
        library(
            "TestSupport",
            ["Blobs", "Packaging", "Postgres", "Signing", "TUF", "TUFRepository", "Warehouse", logging]),

        tests(of: "CanonicalJSON", resources: [.copy("Vectors")]),
        tests(of: "HTTPMessage"),
        tests(of: "StrictYAML"),
        tests(of: "HTTPClient", ["ClientTestSupport", "HTTPMessage", "HTTPServer"]),
        tests(of: "HTTPServer", ["CanonicalJSON", "HTTPMessage", logging]),
        tests(of: "TUF", ["CanonicalJSON"], resources: [.copy("Vectors")]),
        tests(of: "Packaging", ["CZlib", "CanonicalJSON", crypto], resources: [.copy("Vectors")]),
        tests(of: "Postgres", ["CPostgres", "TestSupport", logging]),
        tests(of: "Blobs", ["CLinux", crypto]),
        tests(
            of: "TUFClient", ["CanonicalJSON", "ClientTestSupport", "HTTPClient", "HTTPMessage", "TUF"]),
        tests(
            of: "TUFRepository", ["CanonicalJSON", "Packaging", "Signing", "TUF", "TUFClient", "TestSupport"]),
        tests(
            of: "Installing",
            [
                "CanonicalJSON", "ClientTestSupport", "HTTPClient", "HTTPMessage", "HTTPServer", "Packaging",
                "TUF",
                "TUFClient", "TUFRepository", logging,
            ]),
        tests(of: "Signing", ["CSodium", "CanonicalJSON", "TUF"]),
        tests(
            of: "Warehouse",
            [
                "Blobs", "CanonicalJSON", "Packaging", "Postgres", "Signing", "TUF", "TUFClient",
                "TUFRepository", "TestSupport",
            ]),
        tests(
            of: "WarehouseWeb",
            ["Blobs", "HTTPServer", "Packaging", "Postgres", "TUF", "TestSupport", "Warehouse"]),
        tests(of: "Ceremony", ["CanonicalJSON", "Signing", "StrictYAML", "TUF", "TUFRepository"]),
    ],
    swiftLanguageModes: [.v6]
)

package import Signing
package import StrictYAML
package import TUF

/// Why a ceremony was not held, or its bundle not accepted.
package enum CeremonyError: Error, Hashable, Sendable {
    /// The plan's text, or what it asks for.
    case plan(YAMLError)
    /// The bundle's directory is there already.
    case directoryExists(path: String)
    /// A key, a passphrase or a file.
    case signing(SigningError)
    /// The plan cannot be put into metadata.
    case metadata(MetadataError)
    case bundle(path: String, fault: BundleFault)
}

/// Why a bundle was refused.
package enum BundleFault: Error, Hashable, Sendable {
    /// `bundle.json` is not JSON, or a field of it is missing or unusable.
    case manifest(field: String)
    case unsupportedVersion(Int)
    /// A file's bytes differ from the ones that the manifest vouches for.
    case wrongHash(file: String)
    /// A metadata file cannot be read or trusted.
    case metadata(file: String, MetadataError)
    /// A metadata file is sound but not what a ceremony makes.
    case shape(file: String, Shape)
    /// Manifest and metadata name different keys, or another threshold, for this role.
    case roleKeys(String)
    /// An online key file holds another key than the metadata names.
    case onlineKey(OnlineRole)

    /// A rule of the first metadata.
    package enum Shape: String, Hashable, Sendable {
        case notVersionOne, notConsistentSnapshot, hasTargets, wrongDelegations, wrongBins
    }
}

extension CeremonyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .plan(let refusal): "\(refusal)"
        case .directoryExists(let path):
            "\(path): already exists; a ceremony's result goes into a new directory"
        case .signing(let error): "\(error)"
        case .metadata(let error): "the plan makes no valid metadata: \(error)"
        case .bundle(let path, let fault): "\(path): not a usable ceremony bundle: \(fault)"
        }
    }
}

extension BundleFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .manifest(let field): "bundle.json: '\(field)' is missing or unusable"
        case .unsupportedVersion(let version): "bundle.json: version \(version) is not supported"
        case .wrongHash(let file): "\(file): was altered since the ceremony"
        case .metadata(let file, let error): "\(file): \(error)"
        case .shape(let file, let shape):
            switch shape {
            case .notVersionOne: "\(file): is not version 1"
            case .notConsistentSnapshot: "\(file): consistent_snapshot is not true"
            case .hasTargets: "\(file): lists targets"
            case .wrongDelegations: "\(file): its delegations are not those of a ceremony"
            case .wrongBins: "\(file): its bins are not the manifest's"
            }
        case .roleKeys(let role): "bundle.json: keys or threshold of '\(role)' are not the metadata's"
        case .onlineKey(let role): "online-keys/\(role.fileName): not the key that the metadata names"
        }
    }
}

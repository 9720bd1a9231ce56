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
    /// - Parameter path: nil for what is about to be written.
    case contribution(path: String?, fault: ContributionFault)
    /// - Parameter path: nil for what is about to be written.
    case draft(path: String?, fault: DraftFault)
    case bundle(path: String, fault: BundleFault)
    /// A backup opens but is none.
    case backup(path: String, fault: BackupFault)
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
    /// A holder's key file holds another key than the manifest names.
    case offlineKey(String)
    case keyFile(String, KeyFileFault)
    case missingFile(String)
    /// Not UTF-8, as every file of a bundle is.
    case notText(String)
    /// The transcript does not record what the bundle holds.
    case otherTranscript
    /// There is no memory to draw the transcript's QR code.
    case noQRCode

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
        case .contribution(let path, let fault): "\(path ?? "the contribution"): \(fault)"
        case .draft(let path, let fault): "\(path ?? "the ceremony"): \(fault)"
        case .bundle(let path, let fault): "\(path): not a usable ceremony bundle: \(fault)"
        case .backup(let path, let fault): "\(path): not a usable backup: \(fault)"
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
        case .offlineKey(let path): "\(path): not the key that bundle.json names for this holder"
        case .keyFile(let path, let fault): "\(path): not a usable key file: \(fault)"
        case .missingFile(let path): "\(path): is missing"
        case .notText(let path): "\(path): is not text"
        case .otherTranscript: "transcript.txt: does not record what the bundle holds"
        case .noQRCode: "there is no memory to draw root's QR code"
        }
    }
}

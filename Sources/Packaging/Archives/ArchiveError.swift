/// Why an archive is refused.
package enum ArchiveError: Error, Hashable, Sendable {
    /// Reading failed on our side (`errno`); says nothing about the archive.
    case unreadable(code: Int32)
    case notZip
    case notTar
    case bothZipAndTar
    /// Expands to more than 64 MiB and to more than 50 times its own size.
    case compressionRatio
    /// Expands to more bytes than we read.
    case expandsBeyond(limit: Int)
    case unsupportedCompression
    case zip(ZipFault)
    case tar(TarFault)
    case notOneTopLevelDirectory
    /// A file every distribution of its kind has; `what` is its base name.
    case missing(what: String, path: String)
    case metadataTooLarge(path: String, limit: Int)
    case severalMetadataDirectories
}

/// What is wrong with a ZIP archive; the wording is Warehouse's as far as Warehouse checks it.
package enum ZipFault: Hashable, Sendable {
    case malformed
    case unknownRecordSignature
    case dataDescriptor
    case encrypted
    case invalidCharacterInFilename
    case filenameNotUnicode
    case unsafeFilename(String)
    case notAPlainFile(String)
    case duplicateInCentralDirectory
    case duplicateInLocalHeaders
    case missingInCentralDirectory
    case missingInLocalHeaders
    case duplicateExtra
    case unicodePathDiffers
    case centralDirectoryComment
    case dataSizeMismatch
    case fileSizeMismatch
    /// A local header contradicts the central directory; the fact named is the field.
    case headerMismatch(String)
    case recordCountMismatch
    case centralDirectoryOffset
    case severalDisks
    case zip64ExtensibleData
    case trailingData
    case tooManyEntries(limit: Int)
    case corruptData(String)
}

/// What is wrong with a tar archive.
package enum TarFault: Hashable, Sendable {
    case malformedHeader
    case badChecksum
    case truncated
    case corruptGzip
    case trailingData
    case sparseMember
    case unsafeName(String)
    case nameNotUnicode
    case unsafeLink(String)
    case unsupportedMember(String)
    case duplicateMember(String)
    /// Two headers give one fact differently, so that readers would disagree.
    case ambiguousHeader(String)
    case headerTooLarge(limit: Int)
    case tooManyMembers(limit: Int)
}

extension ArchiveError {
    /// The reason as Warehouse words it after `Invalid distribution file.`
    package var reason: String {
        switch self {
        case .unreadable: "File could not be read"
        case .notZip: "File is not a zipfile"
        case .notTar: "File is not a tarfile"
        case .bothZipAndTar: "File is both a zip and a tar file"
        case .compressionRatio: "File exceeds compression ratio of \(ArchiveLimits.maxRatio)"
        case .expandsBeyond(let limit): "File expands to more than \(limit) bytes"
        case .unsupportedCompression: "File does not use a supported compression type"
        case .zip(let fault): Self.notAccepted("ZIP", fault.reason)
        case .tar(let fault): Self.notAccepted("tar", fault.reason)
        case .notOneTopLevelDirectory: "Incorrect number of top-level directories in sdist"
        case .missing(let what, let path): "\(what) not found at \(path)"
        case .metadataTooLarge(let path, let limit): "\(path) has more than \(limit) bytes"
        case .severalMetadataDirectories: "Wheel has more than one .dist-info directory"
        }
    }

    private static func notAccepted(_ format: String, _ reason: String) -> String {
        "\(format) archive not accepted: \(reason). "
            + "See https://docs.pypi.org/archives for more information"
    }
}

extension ZipFault {
    var reason: String {
        switch self {
        case .malformed: "Malformed zip file"
        case .unknownRecordSignature: "Unknown record signature"
        case .dataDescriptor: "ZIP contains a data descriptor"
        case .encrypted: "Encrypted files are not allowed"
        case .invalidCharacterInFilename: "Invalid character in filename"
        case .filenameNotUnicode: "Filename not unicode"
        case .unsafeFilename(let name): "Unsafe filename \(quoted(name))"
        case .notAPlainFile(let name): "\(quoted(name)) is neither a file nor a directory"
        case .duplicateInCentralDirectory: "Duplicate filename in central directory"
        case .duplicateInLocalHeaders: "Duplicate filename in local headers"
        case .missingInCentralDirectory: "Filename not in central directory"
        case .missingInLocalHeaders: "Missing filename in local headers"
        case .duplicateExtra: "Invalid duplicate extra in local file"
        case .unicodePathDiffers: "Mis-matched Unicode path extra"
        case .centralDirectoryComment: "Comment in central directory"
        case .dataSizeMismatch: "Mis-matched data size"
        case .fileSizeMismatch: "Mis-matched file size"
        case .headerMismatch(let field): "Mis-matched \(field) in local header"
        case .recordCountMismatch: "Mismatched central directory records"
        case .centralDirectoryOffset: "Mismatched central directory offset"
        case .severalDisks: "Archive spans several disks"
        case .zip64ExtensibleData: "ZIP64 extensible data not allowed"
        case .trailingData: "Trailing data"
        case .tooManyEntries(let limit): "More than \(limit) files"
        case .corruptData(let name): "Corrupt data in \(quoted(name))"
        }
    }
}

extension TarFault {
    var reason: String {
        switch self {
        case .malformedHeader: "Malformed header"
        case .badChecksum: "Header checksum does not match"
        case .truncated: "Unexpected end of data"
        case .corruptGzip: "Corrupt gzip data"
        case .trailingData: "Trailing data"
        case .sparseMember: "Sparse members are not allowed"
        case .unsafeName(let name): "Unsafe filename \(quoted(name))"
        case .nameNotUnicode: "Filename not unicode"
        case .unsafeLink(let name): "Link \(quoted(name)) leads out of the archive"
        case .unsupportedMember(let name): "\(quoted(name)) is neither a file, a directory nor a link"
        case .duplicateMember(let name): "Duplicate filename \(quoted(name))"
        case .ambiguousHeader(let field): "Ambiguous \(field) in header"
        case .headerTooLarge(let limit): "Extended header of more than \(limit) bytes"
        case .tooManyMembers(let limit): "More than \(limit) members"
        }
    }
}

/// A name from an archive as Python quotes it, cut to what fits a status line.
func quoted(_ name: String) -> String {
    let limit = 200
    let scalars = name.unicodeScalars
    let cut = scalars.count > limit ? String(String.UnicodeScalarView(scalars.prefix(limit))) + "…" : name
    return PythonText.repr(cut)
}

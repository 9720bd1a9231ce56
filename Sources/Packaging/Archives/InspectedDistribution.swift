/// What a distribution's archive was found to contain.
package struct InspectedDistribution: Hashable, Sendable {
    package let filename: DistributionFilename
    /// METADATA of a wheel, PKG-INFO of a source distribution, as it is in the archive.
    package let metadata: [UInt8]
    /// The same, read; its name and version are those of the filename.
    package let coreMetadata: CoreMetadata
    /// How a wheel differs from its RECORD, in words for people; only where the policy lets it pass.
    package let recordMismatch: String?
}

/// What to do with a wheel that does not match its RECORD.
package enum RecordPolicy: Hashable, Sendable {
    case refuse
    /// Accept it and say so, as Warehouse does by mail.
    case report
}

import CanonicalJSON
import Signing
import TUF
import TUFRepository
import Testing

@Suite("Checks of a signed transaction (PEP 480, \"Snapshot Process\")")
struct TransactionCheckTests {
    private let maintained = Maintained()

    private func check(
        _ draft: ProjectDraft, _ signatures: [Signature], inForce: Maintainers? = nil, published: Int = 0,
        revoked: Set<KeyID> = [], counting: Maintainers.Counting = .accounts
    ) throws -> Standing {
        try TransactionCheck.run(
            signatures: signatures, draft: draft, inForce: inForce, publishedVersion: published,
            revoked: revoked, now: Maintained.now, counting: counting)
    }

    private func refused(
        _ expected: TransactionRefusal.Check, _ body: () throws -> some Any
    ) {
        #expect {
            try body()
        } throws: {
            ($0 as? TransactionRefusal)?.check == expected
        }
    }

    @Test("counts accounts: one maintainer's two machines do not reach two")
    func accounts() throws {
        let draft = try maintained.draft(threshold: 2)
        let own = [
            try maintained.alice.sign(draft.signedBytes), try maintained.aliceDesktop.sign(draft.signedBytes),
        ]
        #expect(try check(draft, own).isReached == false)
        #expect(try check(draft, own).count == 1)
        #expect(try check(draft, own, counting: .keys).isReached)
        #expect(try check(draft, own + [maintained.bob.sign(draft.signedBytes)]).isReached)
    }

    @Test("refuses a signature that does not verify, and one by a key that is none of the project's")
    func forged() throws {
        let draft = try maintained.draft()
        let forged = Signature(
            keyID: maintained.alice.publicKey.id, bytes: try maintained.bob.sign(draft.signedBytes).bytes)
        refused(.signature) { try check(draft, [forged]) }
        let stranger = try SecretKey().sign(draft.signedBytes)
        refused(.keyUnknown) { try check(draft, [maintained.alice.sign(draft.signedBytes), stranger]) }
    }

    @Test("refuses a signature by a key that was revoked, although the project names it")
    func revoked() throws {
        let draft = try maintained.draft()
        let signature = try maintained.alice.sign(draft.signedBytes)
        refused(.signature) { try check(draft, [signature], revoked: [signature.keyID]) }
        let bob = try maintained.bob.sign(draft.signedBytes)
        #expect(try check(draft, [bob], revoked: [signature.keyID]).isReached)
    }

    @Test("refuses a key that signs twice")
    func repeated() throws {
        let draft = try maintained.draft(threshold: 2)
        let signature = try maintained.alice.sign(draft.signedBytes)
        refused(.keyRepeated) { try check(draft, [signature, signature]) }
    }

    @Test("refuses every version but the next", arguments: [1, 2, 4])
    func version(_ version: Int) throws {
        let draft = try maintained.draft(version: version)
        refused(.version) { try check(draft, [maintained.alice.sign(draft.signedBytes)], published: 2) }
    }

    @Test("refuses metadata that has expired")
    func expired() throws {
        let draft = try maintained.draft(daysLeft: 0)
        refused(.expired) { try check(draft, [maintained.alice.sign(draft.signedBytes)]) }
    }

    @Test("a change of maintainers needs the old threshold and the new one")
    func bothThresholds() throws {
        let old = try maintained.maintainers(threshold: 2)
        let draft = try maintained.draft(version: 2, threshold: 1, without: maintained.alice)
        let (alice, bob) = (
            try maintained.alice.sign(draft.signedBytes), try maintained.bob.sign(draft.signedBytes)
        )
        #expect(try !check(draft, [bob], inForce: old, published: 1).isReached, "the new alone is too little")
        #expect(try check(draft, [alice, bob], inForce: old, published: 1).isReached)

        let single = try maintained.maintainers(threshold: 1)
        let removesSigner = try maintained.draft(version: 2, threshold: 2, without: maintained.aliceDesktop)
        let byAlice = try maintained.alice.sign(removesSigner.signedBytes)
        #expect(
            try !check(removesSigner, [byAlice], inForce: single, published: 1).isReached,
            "the old alone is too little")
    }

    @Test("no key is listed twice, under whatever identifier, and no threshold is out of reach")
    func maintainers() throws {
        let key = Maintainers.Key(publicKey: maintained.alice.publicKey, account: "alice")
        var json = maintained.alice.publicKey.json
        json["x-more"] = 1
        let disguised = Maintainers.Key(publicKey: try PublicKey(json: json), account: "bob")
        for (keys, threshold) in [([key, key], 1), ([key, disguised], 2), ([key], 2), ([key], 0), ([], 1)] {
            refused(.maintainers) { try Maintainers(keys: keys, threshold: threshold) }
        }
    }

    @Test("a key is registered with proof that its owner holds it; endorsed by a key of the account")
    func registration() throws {
        let key = maintained.alice.publicKey
        let statement = KeyRegistration.statement(account: "alice", label: "laptop", publicKey: key)
        let good = KeyRegistration(
            publicKey: key, account: "alice", label: "laptop", proof: try maintained.alice.sign(statement),
            endorsement: try maintained.bob.sign(statement))
        try good.checkProof()
        #expect(good.endorser(among: [maintained.bob.publicKey]) == maintained.bob.publicKey)
        #expect(good.endorser(among: [maintained.aliceDesktop.publicKey]) == nil)
        #expect(try KeyRegistration(json: .object(good.json)) == good)

        let stolen = KeyRegistration(
            publicKey: key, account: "mallory", label: "laptop", proof: good.proof, endorsement: nil)
        refused(.key) { try stolen.checkProof() }
    }
}

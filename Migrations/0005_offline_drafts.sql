-- New metadata of the roles that are signed offline, from its drafting to its publication. One at a time.
CREATE TABLE offline_draft (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('drafted', 'submitted', 'published')),
    -- What the holders of the keys are sent, with the signatures that have come back.
    document bytea NOT NULL,
    drafted_at timestamptz NOT NULL DEFAULT now(),
    snapshot_version bigint,
    CHECK ((state = 'published') = (snapshot_version IS NOT NULL))
);
CREATE UNIQUE INDEX offline_draft_one_live ON offline_draft ((true)) WHERE state <> 'published';

-- The draft that says who maintains the project. Until it is public or dropped, that does not change.
ALTER TABLE claim ADD COLUMN offline_draft_id bigint REFERENCES offline_draft ON DELETE SET NULL;
CREATE INDEX claim_offline_draft ON claim (offline_draft_id) WHERE offline_draft_id IS NOT NULL;

-- What an administrator wants signed anew with the next publication, changed or not.
ALTER TABLE repository ADD COLUMN renewal text CHECK (renewal IN ('snapshot', 'everything'));

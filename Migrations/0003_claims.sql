-- Projects that their maintainers sign for (PEP 480).

-- A public key belongs to one account for ever. `waiting` keys count for nothing until an admin confirms them.
CREATE TABLE developer_key (
    key_id text PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account,
    -- The TUF key object in canonical form.
    public_key bytea NOT NULL,
    label text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'active', 'retired')),
    endorsed_by text REFERENCES developer_key,
    registered_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX developer_key_account ON developer_key (account_id);

-- A project whose role is public, and which role delegates to it.
CREATE TABLE claim (
    project_id bigint PRIMARY KEY REFERENCES project,
    delegator text NOT NULL,
    -- Who may sign, as the delegation says it: canonical JSON.
    maintainers bytea NOT NULL,
    -- Whom the maintainers want instead, where the delegation is signed offline and has to wait for it.
    wanted bytea,
    claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX claim_delegator ON claim (delegator);

-- The next version of a project's metadata, from the first request to its publication. A staged file is a row of
-- `file` that no snapshot has published.
CREATE TABLE draft (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES project,
    account_id bigint NOT NULL REFERENCES account,
    state text NOT NULL CHECK (state IN ('open', 'staged', 'submitted', 'published')),
    -- What was asked for: canonical JSON.
    changes bytea NOT NULL,
    -- What the maintainers sign: canonical JSON.
    metadata bytea NOT NULL,
    html bytea NOT NULL,
    json bytea NOT NULL,
    drafted_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    transaction_id bigint UNIQUE REFERENCES project_transaction,
    CHECK ((transaction_id IS NULL) = (state IN ('open', 'staged')))
);
CREATE UNIQUE INDEX draft_one_live ON draft (project_id) WHERE state <> 'published';
CREATE INDEX draft_expiry ON draft (expires_at) WHERE transaction_id IS NULL;

CREATE TABLE draft_signature (
    draft_id bigint NOT NULL REFERENCES draft ON DELETE CASCADE,
    key_id text NOT NULL REFERENCES developer_key,
    signature bytea NOT NULL,
    account text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (draft_id, key_id)
);

-- Why installers should pass a file over (PEP 592); NULL where they should not.
ALTER TABLE file ADD COLUMN yanked_reason text;

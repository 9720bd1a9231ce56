-- A project transaction is the unit that becomes public or does not: PEP 458, "Producing Consistent Snapshots".

CREATE TABLE project_transaction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES project,
    account_id bigint NOT NULL REFERENCES account,
    submitted_at timestamptz NOT NULL DEFAULT now(),
    snapshot_version bigint
);
CREATE INDEX project_transaction_pending ON project_transaction (id) WHERE snapshot_version IS NULL;

CREATE TABLE transaction_change (
    transaction_id bigint NOT NULL REFERENCES project_transaction,
    filename text NOT NULL,
    action text NOT NULL CHECK (action IN ('add', 'remove')),
    reason text,
    PRIMARY KEY (transaction_id, filename)
);

-- `serial` is given when the transaction becomes public, so that serials appear in order and without gaps in time.
CREATE TABLE journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial bigint UNIQUE,
    transaction_id bigint NOT NULL REFERENCES project_transaction,
    project_id bigint NOT NULL REFERENCES project,
    version text,
    action text NOT NULL,
    account text NOT NULL,
    submitted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX journal_transaction ON journal (transaction_id);
CREATE SEQUENCE journal_serial;

-- Every version of every role's metadata that may still be asked for. Root versions are kept for ever.
CREATE TABLE metadata (
    role text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    bytes bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz,
    PRIMARY KEY (role, version)
);
ALTER TABLE metadata ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX metadata_current ON metadata (expires_at) WHERE superseded_at IS NULL;
CREATE INDEX metadata_superseded ON metadata (superseded_at) WHERE superseded_at IS NOT NULL;

-- Rendered index pages by content. A superseded page stays until clients of older snapshots are through.
CREATE TABLE page (
    project_id bigint NOT NULL REFERENCES project,
    format text NOT NULL CHECK (format IN ('html', 'json')),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    bytes bytea NOT NULL,
    serial bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    superseded_at timestamptz,
    PRIMARY KEY (project_id, format, sha256)
);
ALTER TABLE page ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX page_current ON page (project_id, format) WHERE superseded_at IS NULL;
CREATE INDEX page_superseded ON page (superseded_at) WHERE superseded_at IS NOT NULL;

-- What the online bins list now.
CREATE TABLE target (
    path text PRIMARY KEY,
    role text NOT NULL,
    length bigint NOT NULL CHECK (length >= 0),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32)
);
CREATE INDEX target_role ON target (role);

-- One row: the repository's policy, from the ceremony.
CREATE TABLE repository (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    timestamp_lifetime bigint NOT NULL CHECK (timestamp_lifetime > 0),
    snapshot_lifetime bigint NOT NULL CHECK (snapshot_lifetime > 0),
    bins_lifetime bigint NOT NULL CHECK (bins_lifetime > 0),
    recently_claimed_lifetime bigint NOT NULL CHECK (recently_claimed_lifetime > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Blobs that no row names any longer are removed once the snapshots that named them are out of reach.
CREATE TABLE retired_blob (
    blake2b_256 bytea NOT NULL,
    filename text NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (blake2b_256, filename)
);

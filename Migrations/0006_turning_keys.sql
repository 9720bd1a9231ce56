-- What administrators do when keys turn: rotations, recovery, bulletins, the standing of projects.

-- The key that will sign an online role next. The leading snapshot process makes it, and it alone has its secret half.
CREATE TABLE online_key (
    role text PRIMARY KEY CHECK (role IN ('timestamp', 'snapshot', 'recently-claimed', 'bins')),
    -- A key that was made before and must not be used: whoever has stolen the keyring has it too.
    avoided text,
    -- The TUF key object in canonical form; NULL until it is made.
    public_key bytea,
    requested_at timestamptz NOT NULL DEFAULT now(),
    -- When the first snapshot was published whose metadata names it.
    named_at timestamptz,
    -- Whether it signs, also where its predecessor is still named.
    signs boolean NOT NULL DEFAULT false
);

-- A rotation of online keys, from its beginning until the old keys are named no more. One at a time.
CREATE TABLE rotation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    roles text[] NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX rotation_one_live ON rotation ((true)) WHERE finished_at IS NULL;

-- A recovery from a compromise. One at a time.
CREATE TABLE recovery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- What was stolen, which keys go, which come: canonical JSON.
    plan bytea NOT NULL,
    -- Whether the index shows nothing but roots and bulletins until it is over.
    halts boolean NOT NULL,
    bulletin_id bigint,
    restored_at timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
CREATE UNIQUE INDEX recovery_one_live ON recovery ((true)) WHERE finished_at IS NULL;

-- Raised by whatever changes the stored repository behind the leading snapshot process's back: it starts anew from it.
ALTER TABLE repository ADD COLUMN generation bigint NOT NULL DEFAULT 0;

-- PEP 480, "In the Event of a Key Compromise": what users are told. Plain text.
CREATE TABLE bulletin (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title text NOT NULL,
    body text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE recovery ADD FOREIGN KEY (bulletin_id) REFERENCES bulletin ON DELETE SET NULL;

-- PEP 792, and `removed`: gone, with its name kept from others.
ALTER TABLE project ADD COLUMN status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'archived', 'quarantined', 'removed'));
ALTER TABLE project ADD COLUMN status_reason text;

-- Whether everything that the project shows is made anew from its rows, not only what the transaction changes.
ALTER TABLE project_transaction ADD COLUMN rebuilds boolean NOT NULL DEFAULT false;

-- Snapshots that were archived, and what they are called.
CREATE TABLE snapshot_archive (
    name text PRIMARY KEY,
    snapshot_version bigint NOT NULL,
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    archived_at timestamptz NOT NULL DEFAULT now()
);

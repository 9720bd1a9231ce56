-- People and programs that may speak to the index.

CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- A token is `bonded-<id>-<secret>`; only a SHA-256 of the secret (32 random bytes) is kept.
CREATE TABLE token (
    id text PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account,
    secret_sha256 bytea NOT NULL CHECK (octet_length(secret_sha256) = 32),
    scope text NOT NULL CHECK (scope IN ('upload', 'admin')),
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

-- `ultranormalized_name` folds look-alike characters, so that no two projects can be mistaken for one another.
CREATE TABLE project (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    normalized_name text NOT NULL UNIQUE,
    ultranormalized_name text NOT NULL CONSTRAINT project_too_similar UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_serial bigint NOT NULL DEFAULT 0
);

CREATE TABLE project_owner (
    project_id bigint NOT NULL REFERENCES project,
    account_id bigint NOT NULL REFERENCES account,
    PRIMARY KEY (project_id, account_id)
);

CREATE TABLE release (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES project,
    -- As first uploaded. 1.0 and 1.0.0 are one release: their canonical form is the same.
    version text NOT NULL,
    canonical_version text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (project_id, canonical_version)
);

-- One distribution. It is public from the snapshot `published_in` on; until then nobody is shown it.
CREATE TABLE file (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES project,
    release_id bigint NOT NULL REFERENCES release,
    filename text NOT NULL CONSTRAINT file_filename_taken UNIQUE,
    filetype text NOT NULL CHECK (filetype IN ('sdist', 'bdist_wheel')),
    size bigint NOT NULL CHECK (size > 0),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    blake2b_256 bytea NOT NULL CONSTRAINT file_content_taken UNIQUE CHECK (octet_length(blake2b_256) = 32),
    md5 bytea NOT NULL CHECK (octet_length(md5) = 16),
    metadata_sha256 bytea CHECK (octet_length(metadata_sha256) = 32),
    requires_python text,
    uploaded_by bigint NOT NULL REFERENCES account,
    uploaded_at timestamptz NOT NULL DEFAULT now(),
    published_in bigint
);
CREATE INDEX file_project ON file (project_id);
CREATE UNIQUE INDEX file_one_sdist_per_release ON file (release_id) WHERE filetype = 'sdist';

-- A filename that was removed can never come back with other bytes.
CREATE TABLE removed_file (
    filename text PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES project,
    sha256 bytea NOT NULL,
    blake2b_256 bytea NOT NULL,
    reason text NOT NULL,
    removed_at timestamptz NOT NULL DEFAULT now()
);

-- The transaction log: who did what, when, through which key. Append-only and hash-chained.
--
-- An entry is recorded in the transaction of the act itself, without a place in the chain, so that uploads never wait
-- for each other. The leading snapshot process gives it `seq`, `previous` and `hash` with its next publication.
CREATE TABLE log_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    -- Canonical JSON.
    body bytea NOT NULL,
    seq bigint UNIQUE CHECK (seq > 0),
    previous bytea CHECK (octet_length(previous) = 32),
    hash bytea CHECK (octet_length(hash) = 32),
    CHECK ((seq IS NULL) = (previous IS NULL) AND (seq IS NULL) = (hash IS NULL))
);
CREATE INDEX log_entry_unchained ON log_entry (id) WHERE seq IS NULL;

-- Keeps programs and people from a mistake; against whoever owns the database there is the chain.
CREATE FUNCTION log_entry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.id = OLD.id AND NEW.recorded_at = OLD.recorded_at
        AND NEW.kind = OLD.kind AND NEW.body = OLD.body THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the transaction log is append-only';
END
$$;
CREATE TRIGGER log_entry_append_only BEFORE UPDATE OR DELETE ON log_entry
    FOR EACH ROW EXECUTE FUNCTION log_entry_is_append_only();
CREATE TRIGGER log_entry_no_truncate BEFORE TRUNCATE ON log_entry
    FOR EACH STATEMENT EXECUTE FUNCTION log_entry_is_append_only();

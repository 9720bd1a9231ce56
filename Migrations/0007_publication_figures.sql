-- How publications went, in one row: who watches the index asks `bonded serve`, and another process publishes.
CREATE TABLE publication_figures (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    published bigint NOT NULL DEFAULT 0,
    -- Attempts that made nothing public, such as those that the self-check refused.
    failed bigint NOT NULL DEFAULT 0,
    -- How long the last publication took; NULL before the first.
    last_microseconds bigint
);
INSERT INTO publication_figures DEFAULT VALUES;

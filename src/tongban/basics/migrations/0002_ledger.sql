-- depends: 0001_basics

-- A log that this node seals into; its origin names it in every checkpoint for ever.
CREATE TABLE ledger_logs (
    log smallint PRIMARY KEY,
    origin text NOT NULL UNIQUE
);

-- What happened. Written by other nouns' statements in their own transaction; sealed later.
-- An entry is either whole or erased: payload, salt and person key go together.
CREATE TABLE ledger_entries (
    region char(6) NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    data jsonb,
    salt bytea,
    digest bytea NOT NULL,
    person_key bytea,
    retain_until date,
    erased_at timestamptz,
    leaf_index bigint,
    PRIMARY KEY (region, id),
    CONSTRAINT ledger_entries_whole_or_erased CHECK (
        CASE WHEN erased_at IS NULL THEN data IS NOT NULL AND salt IS NOT NULL
             ELSE data IS NULL AND salt IS NULL AND person_key IS NULL END)
);
CREATE INDEX ledger_entries_unsealed ON ledger_entries (id) WHERE leaf_index IS NULL;
CREATE INDEX ledger_entries_subject ON ledger_entries (region, subject);
CREATE INDEX ledger_entries_person ON ledger_entries (person_key) WHERE person_key IS NOT NULL;

-- Until when an entry was promised to be sealed (real wall clock). No foreign key on purpose:
-- a promise outlives the entry whose deletion it accuses.
CREATE TABLE ledger_promises (
    region char(6) NOT NULL,
    entry_id uuid NOT NULL,
    include_by timestamptz NOT NULL,
    PRIMARY KEY (region, entry_id)
);

-- The leaves in their final order. Written by the sealer alone.
CREATE TABLE ledger_leaves (
    log smallint NOT NULL,
    leaf_index bigint NOT NULL,
    region char(6) NOT NULL,
    entry_id uuid NOT NULL,
    leaf bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    PRIMARY KEY (log, leaf_index)
);

-- Tiles of 256 hashes of 32 bytes; the last of a level is still growing. Random bytes do not compress.
CREATE TABLE ledger_tiles (
    log smallint NOT NULL,
    level smallint NOT NULL,
    tile bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (log, level, tile)
);
ALTER TABLE ledger_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

-- Every signed head, numbered without gaps, with the cosignatures that came later.
CREATE TABLE ledger_checkpoints (
    log smallint NOT NULL,
    size bigint NOT NULL,
    number bigint NOT NULL,
    root bytea NOT NULL,
    note text NOT NULL,
    sealed_at timestamptz NOT NULL,
    cosigned_at timestamptz,
    PRIMARY KEY (log, size)
);
CREATE INDEX ledger_checkpoints_cosigned ON ledger_checkpoints (log, size) WHERE cosigned_at IS NOT NULL;

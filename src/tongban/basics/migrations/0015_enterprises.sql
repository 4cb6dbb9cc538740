-- depends: 0004_parties 0008_cases
-- Enterprises apply as persons do. Like persons they are national: keyed by a keyed hash, particulars sealed.

CREATE TABLE enterprises (
    id          uuid PRIMARY KEY,
    uscc_key    bytea NOT NULL UNIQUE,
    name        text NOT NULL,
    sealed      bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT statement_timestamp()
);

-- Who may act for an enterprise, from when to when. Read at every request: what ended ends at once.
CREATE TABLE mandates (
    enterprise  uuid NOT NULL REFERENCES enterprises,
    person      uuid NOT NULL REFERENCES persons,
    capacity    text NOT NULL CHECK (capacity IN ('legal-representative', 'handler')),
    since       timestamptz NOT NULL,
    until       timestamptz CHECK (until > since),
    PRIMARY KEY (person, enterprise, capacity, since)
);
CREATE INDEX mandates_of ON mandates (enterprise);

-- Whom a draft or case is for; without one it is its account's own.
ALTER TABLE drafts ADD COLUMN enterprise uuid;
ALTER TABLE cases ADD COLUMN enterprise uuid;

-- One's own and an enterprise's drafts and cases are found alike: by whose they are.
DROP INDEX drafts_open, drafts_of, cases_of;
CREATE UNIQUE INDEX drafts_open ON drafts (region, (coalesce(enterprise, account)), journey)
    WHERE submitted_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX drafts_of ON drafts ((coalesce(enterprise, account)), updated_at DESC)
    WHERE submitted_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX cases_of ON cases ((coalesce(enterprise, account)), submitted_at DESC, id);

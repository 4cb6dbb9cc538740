-- depends: 0008_cases
-- What leaves for the upper level's case library: a feed in order, and who may read it.

-- Events whose records are still to be written. The row goes in the transaction that writes them.
CREATE TABLE library_due (
    region    char(6) NOT NULL,
    event_id  uuid NOT NULL,
    case_id   uuid NOT NULL,
    attempts  smallint NOT NULL DEFAULT 0,
    due_at    timestamptz NOT NULL DEFAULT statement_timestamp(),
    error     text,
    PRIMARY KEY (region, event_id)
);
CREATE INDEX library_due_next ON library_due (due_at, event_id) WHERE attempts < 12;

-- The feed. Positions of a region count from 1 without a gap and are given under one lock that is held until the
-- commit, so whoever has read position n never finds a smaller one later. The id is made from event, kind and
-- subject: what is written twice stands once. The content is sealed to the record with the salt of its digest.
CREATE TABLE library_records (
    region      char(6) NOT NULL,
    position    bigint NOT NULL CHECK (position > 0),
    id          uuid NOT NULL,
    case_id     uuid NOT NULL,
    number      text NOT NULL,
    event_id    uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('accept', 'process', 'special_procedure', 'result', 'material')),
    at          timestamptz NOT NULL,
    sealed      bytea NOT NULL,
    written_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (region, position),
    UNIQUE (region, id)
);

-- Institutions that may read one region's feed, each by a token of which only the digest is kept. A small table.
CREATE TABLE library_receivers (
    digest           bytea PRIMARY KEY,
    region           char(6) NOT NULL,
    id               uuid NOT NULL,
    name             text NOT NULL,
    registered_at    timestamptz NOT NULL,
    revoked_at       timestamptz,
    acknowledged     bigint NOT NULL DEFAULT 0,
    acknowledged_at  timestamptz,
    UNIQUE (region, name)
);

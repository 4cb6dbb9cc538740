-- depends: 0001_basics

-- What is attested. The row is the licence; its document follows and may be made again from the row.
-- `source` says where it came from without naming it: nothing here depends on what caused the issue.
CREATE TABLE licences (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    type          text NOT NULL,
    type_name     text NOT NULL,
    number        text NOT NULL,
    version       smallint NOT NULL CHECK (version BETWEEN 1 AND 999),
    code          text NOT NULL,
    holder_key    bytea NOT NULL,
    holder_name   text NOT NULL,
    holder_kind   text NOT NULL CHECK (holder_kind IN ('person', 'organisation')),
    issuer        text NOT NULL,
    issuer_name   text NOT NULL,
    issuer_uscc   text NOT NULL,
    issued_at     timestamptz NOT NULL,
    valid_until   date,
    data          bytea NOT NULL,
    source        uuid NOT NULL,
    -- Expiry is no state: it follows from valid_until and the day, so no timer can be late for it.
    state         text NOT NULL DEFAULT 'valid'
                  CHECK (state IN ('valid', 'suspended', 'revoked', 'withdrawn', 'cancelled')),
    state_at      timestamptz,
    state_reason  text,
    pdf           bytea,
    pdf_sha256    bytea,
    pdf_made_at   timestamptz,
    PRIMARY KEY (region, id),
    UNIQUE (region, number),
    UNIQUE (region, code),
    CONSTRAINT licences_state_explained CHECK (state = 'valid' OR (state_at IS NOT NULL AND state_reason <> '')),
    CONSTRAINT licences_document_whole CHECK (
        (pdf IS NULL AND pdf_sha256 IS NULL AND pdf_made_at IS NULL)
        OR (pdf IS NOT NULL AND pdf_made_at IS NOT NULL AND pdf_sha256 = sha256(pdf)))
);
CREATE INDEX licences_held ON licences (holder_key, id);
CREATE INDEX licences_source ON licences (region, source);
-- Signed files are compressed already.
ALTER TABLE licences ALTER COLUMN pdf SET STORAGE EXTERNAL;

-- A licence without its document, beside the day in China on which it is read.
CREATE VIEW licence_rows AS
SELECT region, id, type, type_name, number, version, code, holder_key, holder_name, holder_kind, issuer,
       issuer_name, issuer_uscc, issued_at, valid_until, data, source, state, state_at, state_reason, pdf_sha256,
       (platform_now() AT TIME ZONE 'Asia/Shanghai')::date AS today
FROM licences;

-- depends: 0008_cases
-- Papers that the law asks for: ordered once when their event is drained, made and sealed by the jobs process.

CREATE TABLE notices (
    region      char(6) NOT NULL,
    case_id     uuid NOT NULL,
    -- The event that the paper tells of: one event has at most one paper, so no order can double it.
    id          uuid NOT NULL,
    kind        text NOT NULL,
    serial      smallint NOT NULL CHECK (serial > 0),
    number      text NOT NULL,
    department  text NOT NULL,
    task        text,
    issued_on   date NOT NULL,
    ordered_at  timestamptz NOT NULL,
    title       text,
    pdf         bytea,
    sha256      bytea,
    made_at     timestamptz,
    PRIMARY KEY (region, case_id, id),
    UNIQUE (region, case_id, serial),
    CONSTRAINT notices_made_whole CHECK (
        (pdf IS NULL) = (sha256 IS NULL) AND (pdf IS NULL) = (made_at IS NULL) AND (pdf IS NULL) = (title IS NULL))
);
-- What the jobs process still owes; the doctor counts it.
CREATE INDEX notices_owed ON notices (ordered_at) WHERE pdf IS NULL;
-- Sealed files do not compress.
ALTER TABLE notices ALTER COLUMN pdf SET STORAGE EXTERNAL;

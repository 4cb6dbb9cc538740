-- depends: 0031_actors
-- Licences in the hand: shown once by a short-lived code, changed by whoever issued them, listed for those offline.

-- A holder shows chosen fields once. The code itself is kept nowhere, its digest only. `made_at` and `shown_at` are the
-- platform's time, as people read it; `expires_at` is the clock's, which nobody can move.
CREATE TABLE licence_presentations (
    region      char(6) NOT NULL,
    id          uuid NOT NULL,
    licence     uuid NOT NULL,
    holder_key  bytea NOT NULL,
    digest      bytea NOT NULL,
    fields      text[] NOT NULL,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    shown_at    timestamptz,
    -- The department whose official looked, under its name of that day; NULL: whoever held the code.
    office      text,
    PRIMARY KEY (region, id),
    UNIQUE (region, digest),
    FOREIGN KEY (region, licence) REFERENCES licences (region, id),
    CONSTRAINT licence_presentations_office CHECK (office IS NULL OR shown_at IS NOT NULL)
);
CREATE INDEX licence_presentations_of ON licence_presentations (region, licence, id);

-- What a department asked to be done with a licence it issued, and what another person made of it.
CREATE TABLE licence_changes (
    region         char(6) NOT NULL,
    id             uuid NOT NULL,
    licence        uuid NOT NULL,
    department     text NOT NULL,
    kind           text NOT NULL CHECK (kind IN
                   ('suspend', 'resume', 'revoke', 'withdraw', 'cancel', 'correct', 'reissue')),
    reasons        text NOT NULL CHECK (reasons <> ''),
    basis          text NOT NULL CHECK (basis <> ''),
    -- The corrected facts, sealed.
    corrected      bytea,
    asked_by       uuid NOT NULL,
    asked_person   uuid NOT NULL,
    asked_at       timestamptz NOT NULL,
    outcome        text CHECK (outcome IN ('done', 'declined')),
    answer         text,
    decided_by     uuid,
    decided_at     timestamptz,
    successor      uuid,
    PRIMARY KEY (region, id),
    FOREIGN KEY (region, licence) REFERENCES licences (region, id),
    CONSTRAINT licence_changes_correct CHECK ((kind = 'correct') = (corrected IS NOT NULL)),
    CONSTRAINT licence_changes_decided CHECK (
        (outcome IS NULL) = (decided_at IS NULL) AND (outcome IS NULL) = (decided_by IS NULL)
        AND (outcome IS DISTINCT FROM 'declined' OR answer <> ''))
);
CREATE INDEX licence_changes_of ON licence_changes (region, licence, id);
CREATE UNIQUE INDEX licence_changes_open ON licence_changes (region, licence) WHERE outcome IS NULL;
CREATE INDEX licence_changes_waiting ON licence_changes (region, department, id) WHERE outcome IS NULL;

-- The signed list of licences that are not in force, for those who verify offline. `state` digests what is listed.
CREATE TABLE licence_lists (
    region   char(6) NOT NULL,
    version  integer NOT NULL CHECK (version > 0),
    made_at  timestamptz NOT NULL,
    state    bytea NOT NULL,
    body     text NOT NULL,
    PRIMARY KEY (region, version)
);
CREATE INDEX licences_out_of_force ON licences (region, code) WHERE state <> 'valid';

DO $$
DECLARE
    platform text := '(SELECT wall(''system'')) IS NOT NULL';
    held text := 'holder_key = ANY ((SELECT wall(''keys''))::bytea[])';
    issuer text := ' = ANY ((SELECT wall(''places''))::text[])';
BEGIN
    ALTER TABLE licence_presentations ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY walled ON licence_presentations USING (%s OR %s) WITH CHECK (true)', platform, held);
    ALTER TABLE licence_changes ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY walled ON licence_changes USING (%s OR region || ''/'' || department%s)'
        || ' WITH CHECK (true)', platform, issuer);
    -- A department reads the register of what it issued, whatever caused the issue.
    EXECUTE format('ALTER POLICY walled ON licences USING (%s OR %s OR region || ''/'' || issuer%s'
        || ' OR wall_opens(region, source))', platform, held, issuer);
END $$;

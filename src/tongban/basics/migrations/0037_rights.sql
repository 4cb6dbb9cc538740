-- depends: 0036_register_grants
-- What persons ask about their data: a copy, deletion, restriction; and what may go earlier than its rule says.

-- A ticket may also be about such a request.
ALTER TABLE tickets DROP CONSTRAINT tickets_about_check;
ALTER TABLE tickets ADD CONSTRAINT tickets_about_check CHECK (about IN ('case', 'objection', 'exchange', 'rights'));

-- One request with the ticket that it became. `sealed` is what the person wrote; `found` counts what was destroyed and
-- what is kept by which rule: numbers and rules only, nothing of a person.
CREATE TABLE rights_requests (
    region       char(6) NOT NULL,
    ticket       uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('copy', 'deletion', 'restriction')),
    account      uuid NOT NULL,
    person_key   bytea NOT NULL,
    sealed       bytea NOT NULL,
    at           timestamptz NOT NULL,
    outcome      text CHECK (outcome IN ('granted', 'refused')),
    answered_at  timestamptz,
    found        jsonb,
    PRIMARY KEY (region, ticket),
    CHECK ((outcome IS NULL) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX rights_requests_waiting ON rights_requests (region, account, kind) WHERE outcome IS NULL;
CREATE INDEX rights_requests_of ON rights_requests (account, at DESC);

-- A copy that was made, for its person alone, until it expires.
CREATE TABLE rights_copies (
    region      char(6) NOT NULL,
    ticket      uuid NOT NULL,
    account     uuid NOT NULL,
    sealed      bytea NOT NULL,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (region, ticket)
);
CREATE INDEX rights_copies_age ON rights_copies (expires_at);

-- Whose data are not looked up by consent any more. Not behind the second wall: the checkpoint of look-ups must see a
-- restriction whoever asks, and a keyed hash with dates shows nothing.
CREATE TABLE use_restrictions (
    region      char(6) NOT NULL,
    ticket      uuid NOT NULL,
    person_key  bytea NOT NULL,
    since       timestamptz NOT NULL,
    lifted_at   timestamptz,
    PRIMARY KEY (region, ticket)
);
CREATE INDEX use_restrictions_standing ON use_restrictions (person_key) WHERE lifted_at IS NULL;

-- What the person may have destroyed before its years are over, once the case it belongs to has ended. The platform's
-- default: copies of what the case says anyway, and values that were looked up for a case that is decided.
ALTER TABLE retention_rules ADD COLUMN on_request boolean NOT NULL DEFAULT false;
UPDATE retention_rules SET on_request = true WHERE kind IN ('message', 'look-up-values');

-- What was destroyed is read newest first.
CREATE INDEX retention_batches_newest ON retention_batches (at DESC);

DO $$
DECLARE
    platform text := '(SELECT wall(''system'')) IS NOT NULL';
    owned text := 'account = ANY ((SELECT wall(''owners''))::uuid[])';
    answering text := 'EXISTS (SELECT 1 FROM tickets t WHERE t.region = rights_requests.region'
                   || ' AND t.id = rights_requests.ticket'
                   || ' AND ARRAY[t.region || ''/'' || t.department, t.region || ''/'' || t.verifier]'
                   || ' && (SELECT wall(''places''))::text[])';
    over text := '(SELECT wall(''over'')) IS NOT NULL AND ARRAY[region::text, left(region, 4) || ''00'','
              || ' left(region, 2) || ''0000''] && (SELECT wall(''over''))::text[]';
BEGIN
    ALTER TABLE rights_requests ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY walled ON rights_requests USING (%s OR %s OR %s OR %s) WITH CHECK (true)',
                   platform, owned, answering, over);
    ALTER TABLE rights_copies ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY walled ON rights_copies USING (%s OR %s) WITH CHECK (true)', platform, owned);
END $$;

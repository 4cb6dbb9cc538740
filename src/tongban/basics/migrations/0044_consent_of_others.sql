-- depends: 0040_guardians 0041_guardians_consents 0042_documents_sealed
-- Another person (a spouse, the other parent) is asked for their own consent to a look-up about them.

-- `asked_key`: the keyed hash of whoever has the number that the applicant gave, whether they have an account or not.
-- `asker`: the account whose application it is. `ended_at`: the application names somebody else by now.
CREATE TABLE consent_requests (
    region       char(6) NOT NULL,
    id           uuid NOT NULL,
    case_id      uuid NOT NULL,
    material     text NOT NULL,
    pack         text NOT NULL,
    version      text NOT NULL,
    journey      text NOT NULL,
    asker        uuid NOT NULL,
    asked_key    bytea NOT NULL,
    asked_at     timestamptz NOT NULL,
    until        timestamptz NOT NULL CHECK (until > asked_at),
    answer       text CHECK (answer IN ('given', 'refused')),
    answered_at  timestamptz,
    ended_at     timestamptz,
    PRIMARY KEY (region, id),
    CONSTRAINT consent_requests_answered CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX consent_requests_open ON consent_requests (region, case_id, material)
    WHERE answered_at IS NULL AND ended_at IS NULL;
CREATE INDEX consent_requests_case ON consent_requests (region, case_id);
CREATE INDEX consent_requests_asked ON consent_requests (asked_key, asked_at DESC);
CREATE INDEX consent_requests_asker ON consent_requests (asker, asked_at DESC);

-- The request by which somebody agreed for another's application; null where people agree for their own.
ALTER TABLE consents ADD COLUMN request uuid;

-- Whoever asks is shown nothing of it: neither whether it was read, nor what was answered.
ALTER TABLE consent_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY walled ON consent_requests
    USING ((SELECT wall('system')) IS NOT NULL OR asked_key = ANY ((SELECT wall('keys'))::bytea[])) WITH CHECK (true);
CREATE INDEX consents_running_out ON consents (until) WHERE until IS NOT NULL AND withdrawn_at IS NULL;

-- depends: 0001_basics 0002_ledger
-- Who may see which data for what, and every use that was made of it.

-- A department's right to see fields of a resource for one purpose. Deny by default: no row, no data.
CREATE TABLE grants (
    region       char(6) NOT NULL,
    id           uuid NOT NULL,
    need         text NOT NULL,
    resource     text NOT NULL,
    consumer     text NOT NULL,
    purpose      text NOT NULL,
    basis        text NOT NULL,
    fields       text[] NOT NULL,
    journey      text NOT NULL,
    pack         text NOT NULL,
    version      text NOT NULL,
    valid_from   timestamptz NOT NULL,
    valid_until  timestamptz NOT NULL CHECK (valid_until > valid_from),
    revoked_at   timestamptz,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX grants_once ON grants (region, pack, version, need);
CREATE INDEX grants_asked ON grants (region, resource, consumer, journey);

-- One use of data or of an own licence. Values are sealed and can be purged; the use itself stays.
CREATE TABLE look_ups (
    region          char(6) NOT NULL,
    id              uuid NOT NULL,
    case_id         uuid NOT NULL,
    material        text NOT NULL,
    person_key      bytea,          -- keyed hash of the person whose data it is, who need not be the applicant
    person_account  uuid,
    consumer        text NOT NULL,
    provider        text NOT NULL,
    source          text NOT NULL CHECK (source LIKE 'resource:%' OR source LIKE 'licence:%'),
    purpose         text NOT NULL,
    basis           text NOT NULL,
    legal           text NOT NULL CHECK (legal IN ('duty', 'consent')),
    fields          text[] NOT NULL,
    outcome         text NOT NULL CHECK (outcome IN ('found', 'missing', 'unavailable', 'invalid', 'refused')),
    reason          text,
    digest          bytea,
    asked_at        timestamptz NOT NULL,
    answered_ms     integer NOT NULL,
    fresh_until     timestamptz,
    sealed          bytea,
    purged_at       timestamptz,
    PRIMARY KEY (region, id),
    CONSTRAINT look_ups_found_has_digest CHECK ((outcome = 'found') = (digest IS NOT NULL)),
    CONSTRAINT look_ups_values_only_if_found CHECK (sealed IS NULL OR (outcome = 'found' AND purged_at IS NULL))
);
CREATE INDEX look_ups_person ON look_ups (person_key, id DESC) WHERE person_key IS NOT NULL;
CREATE INDEX look_ups_case ON look_ups (region, case_id, id);

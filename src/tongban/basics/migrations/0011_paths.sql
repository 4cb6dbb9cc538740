-- depends: 0010_procedures
-- The paths beside the plain one: promises signed with an application, who may not sign any, and cases handed over.

-- What the applicant signed in the draft: commitments, and materials that will follow.
ALTER TABLE drafts ADD COLUMN commitments text[] NOT NULL DEFAULT '{}';
ALTER TABLE drafts ADD COLUMN tolerated text[] NOT NULL DEFAULT '{}';

-- The reason why a case is handled first, shown wherever the case is; null on the plain path.
ALTER TABLE cases ADD COLUMN fast_lane text;

-- A signed promise: its exact text sealed, its digest also in the ledger.
CREATE TABLE case_pledges (
    region     char(6) NOT NULL,
    case_id    uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('commitment', 'tolerance')),
    name       text NOT NULL,
    account    uuid NOT NULL,
    text       bytea NOT NULL,
    digest     bytea NOT NULL,
    signed_at  timestamptz NOT NULL,
    PRIMARY KEY (region, case_id, kind, name)
);

-- Decisions made on a commitment, to be verified by the department until a day.
CREATE TABLE case_verifications (
    region      char(6) NOT NULL,
    case_id     uuid NOT NULL,
    commitment  text NOT NULL,
    task        text NOT NULL,
    department  text NOT NULL,
    verify_by   date NOT NULL,
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'verified', 'broken')),
    ended_at    timestamptz,
    PRIMARY KEY (region, case_id, commitment, task)
);
CREATE INDEX case_verifications_open ON case_verifications (region, department, verify_by, case_id)
    WHERE state = 'open';

-- Bad credit by keyed hash of the person or enterprise: bars from commitment and tolerance until repaired.
CREATE TABLE credit_records (
    region       char(6) NOT NULL,
    id           uuid NOT NULL,
    person_key   bytea NOT NULL,
    kind         text NOT NULL,
    department   text NOT NULL,
    reasons      text NOT NULL,
    case_id      uuid,
    recorded_on  date NOT NULL,
    repaired_on  date,
    PRIMARY KEY (region, id)
);
CREATE INDEX credit_records_open ON credit_records (region, person_key) WHERE repaired_on IS NULL;

-- A case handed over to another region of this node: one row in each region, each kept by its own events.
CREATE TABLE case_links (
    region         char(6) NOT NULL,
    case_id        uuid NOT NULL,
    role           text NOT NULL CHECK (role IN ('from', 'to')),
    other_region   char(6) NOT NULL,
    other_number   text,
    progress       text,
    outcome        text,
    due_on         date,
    PRIMARY KEY (region, case_id)
);

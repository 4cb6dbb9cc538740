-- depends: 0001_basics 0002_ledger 0004_parties 0005_resources
-- What must get done. Every key begins with the region; a case's id is born with its draft.

CREATE TABLE drafts (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    account       uuid NOT NULL,
    pack          text NOT NULL,
    version       text NOT NULL,
    journey       text NOT NULL,
    form          bytea NOT NULL,
    revision      integer NOT NULL DEFAULT 1,
    noticed_at    timestamptz,
    consents      text[] NOT NULL DEFAULT '{}',
    opened_at     timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    submitted_at  timestamptz,
    abandoned_at  timestamptz,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX drafts_open ON drafts (region, account, journey)
    WHERE submitted_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX drafts_of ON drafts (account, updated_at DESC) WHERE submitted_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX drafts_age ON drafts (updated_at) WHERE submitted_at IS NULL AND abandoned_at IS NULL;

CREATE TABLE cases (
    region          char(6) NOT NULL,
    id              uuid NOT NULL,
    number          text NOT NULL,
    account         uuid NOT NULL,
    person_key      bytea NOT NULL,
    applicant_name  text NOT NULL,
    pack            text NOT NULL,
    version         text NOT NULL,
    journey         text NOT NULL,
    state           text NOT NULL CHECK (state IN
                      ('submitted', 'supplementing', 'returned', 'accepted', 'closed', 'refused', 'withdrawn')),
    outcome         text CHECK (outcome IN ('granted', 'partly', 'declined')),
    finish_code     char(1),
    dossier         bytea NOT NULL,
    revision        integer NOT NULL DEFAULT 1,
    submitted_at    timestamptz NOT NULL,
    accepted_at     timestamptz,
    closed_at       timestamptz,
    due_on          date,
    PRIMARY KEY (region, id),
    UNIQUE (region, number)
);
CREATE INDEX cases_of ON cases (account, submitted_at DESC, id);

CREATE TABLE tasks (
    region      char(6) NOT NULL,
    case_id     uuid NOT NULL,
    task        text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('intake', 'step')),
    department  text NOT NULL,
    state       text NOT NULL CHECK (state IN ('waiting', 'ready', 'done', 'not_applicable', 'cancelled')),
    started_at  timestamptz,
    due_on      date,
    decided_at  timestamptz,
    decided_by  uuid,
    decision    text,
    reasons     text,
    revision    integer NOT NULL DEFAULT 1,
    PRIMARY KEY (region, case_id, task)
);
CREATE INDEX tasks_inbox ON tasks (region, department, due_on, case_id, task) WHERE state = 'ready';
CREATE INDEX tasks_decided ON tasks (region, department, decided_at, case_id, task) WHERE state = 'done';

-- The dated events of a case, each with its legal basis; the id is also its ledger entry's.
CREATE TABLE case_events (
    region   char(6) NOT NULL,
    case_id  uuid NOT NULL,
    id       uuid NOT NULL,
    at       timestamptz NOT NULL,
    kind     text NOT NULL,
    task     text,
    actor    text NOT NULL,
    basis    text,
    detail   jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (region, case_id, id)
);

-- Which look-up serves as evidence for which material; the values lie sealed with the look-up.
CREATE TABLE case_evidence (
    region       char(6) NOT NULL,
    case_id      uuid NOT NULL,
    material     text NOT NULL,
    source       text NOT NULL,
    asked        bytea NOT NULL,
    found        boolean NOT NULL,
    outcome      text NOT NULL,
    provider     text NOT NULL,
    basis        text NOT NULL,
    look_up      uuid NOT NULL,
    at           timestamptz NOT NULL,
    fresh_until  timestamptz,
    PRIMARY KEY (region, case_id, material, source)
);

CREATE TABLE case_files (
    region       char(6) NOT NULL,
    case_id      uuid NOT NULL,
    id           uuid NOT NULL,
    material     text NOT NULL,
    name         text NOT NULL,
    media_type   text NOT NULL,
    size         integer NOT NULL,
    sha256       bytea NOT NULL,
    content      bytea NOT NULL,
    uploaded_at  timestamptz NOT NULL,
    removed_at   timestamptz,
    PRIMARY KEY (region, case_id, id)
);
ALTER TABLE case_files ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE case_questions (
    region      char(6) NOT NULL,
    case_id     uuid NOT NULL,
    id          uuid NOT NULL,
    at          timestamptz NOT NULL,
    text        text NOT NULL,
    answer      text,
    answered_at timestamptz,
    answered_by text,
    PRIMARY KEY (region, case_id, id)
);

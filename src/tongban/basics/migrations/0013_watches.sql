-- depends: 0008_cases
-- Who watches that things are done: tickets, the list of cases to look at, demands of a superior.

-- A ticket is a case that the platform opens about another case: nobody applied, so it has no account, no person
-- and no dossier. The three are absent together or not at all.
ALTER TABLE cases ALTER COLUMN account DROP NOT NULL;
ALTER TABLE cases ALTER COLUMN person_key DROP NOT NULL;
ALTER TABLE cases ALTER COLUMN dossier DROP NOT NULL;
ALTER TABLE cases ADD CONSTRAINT cases_of_somebody_or_ticket CHECK (
    (account IS NULL) = (person_key IS NULL) AND (account IS NULL) = (dossier IS NULL));

-- What a ticket is about: which watch found which case (and task; '' is the whole case), for whom to mend.
-- The unique key is what makes a find one ticket, however many workers look and however often.
CREATE TABLE tickets (
    region      char(6) NOT NULL,
    id          uuid NOT NULL,
    watch       text NOT NULL,
    pack        text NOT NULL,
    version     text NOT NULL,
    case_id     uuid NOT NULL,
    task        text NOT NULL DEFAULT '',
    department  text NOT NULL,
    verifier    text NOT NULL,
    severity    text NOT NULL CHECK (severity IN ('notice', 'warning', 'severe')),
    facts       jsonb NOT NULL,
    state       text NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
    verdict     text CHECK (verdict IN ('cured', 'excused')),
    reopened    integer NOT NULL DEFAULT 0,
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    PRIMARY KEY (region, id),
    UNIQUE (region, case_id, watch, task),
    CHECK ((state = 'closed') = (verdict IS NOT NULL) AND (state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX tickets_of ON tickets (region, department, opened_at DESC, id);
CREATE INDEX tickets_in ON tickets (region, opened_at DESC, id);

-- Which cases the watches look at next, and when: every open case has a row, a past one only while it may yet
-- become abnormal. Whoever looks locks the row, so two workers never look at one case at once.
CREATE TABLE watch_looks (
    region   char(6) NOT NULL,
    case_id  uuid NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (region, case_id)
);
CREATE INDEX watch_looks_due ON watch_looks (at);
INSERT INTO watch_looks (region, case_id, at) SELECT region, id, submitted_at FROM cases WHERE closed_at IS NULL;

-- Under which set of watches the list was made; with another set every listed case is looked at again.
CREATE TABLE watch_set (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    digest  text NOT NULL
);

-- A superior's demand to act on a case or task, with the day by which the department answers.
CREATE TABLE case_urgings (
    region       char(6) NOT NULL,
    case_id      uuid NOT NULL,
    id           uuid NOT NULL,
    task         text,
    department   text NOT NULL,
    urged_by     text NOT NULL,
    account      uuid NOT NULL,
    at           timestamptz NOT NULL,
    text         text NOT NULL,
    due_on       date NOT NULL,
    answer       text,
    answered_at  timestamptz,
    answered_by  uuid,
    PRIMARY KEY (region, case_id, id),
    CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE UNIQUE INDEX case_urgings_open ON case_urgings (region, case_id, coalesce(task, ''), urged_by)
    WHERE answered_at IS NULL;
CREATE INDEX case_urgings_due ON case_urgings (region, department, due_on) WHERE answered_at IS NULL;

-- A supervisor watches over a whole region: sees clocks, urges, verifies; decides nothing.
ALTER TABLE posts DROP CONSTRAINT posts_role_check;
ALTER TABLE posts ADD CONSTRAINT posts_role_check CHECK (role IN
    ('handler', 'head', 'clerk', 'administrator', 'supervisor'));

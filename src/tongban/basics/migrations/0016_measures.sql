-- depends: 0008_cases
-- What the redesign came to. Cases are measured once, when they have ended; pages read monthly counts only.

-- When a department first opened a task, each time it was ready: where waiting ends and work begins. No name.
CREATE TABLE task_openings (
    region    char(6) NOT NULL,
    case_id   uuid NOT NULL,
    task      text NOT NULL,
    ready_at  timestamptz NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (region, case_id, task, ready_at)
);

-- Cases that have ended and are still to be measured. The row goes in the transaction that counts them.
CREATE TABLE measures_due (
    region    char(6) NOT NULL,
    case_id   uuid NOT NULL,
    attempts  smallint NOT NULL DEFAULT 0,
    due_at    timestamptz NOT NULL DEFAULT statement_timestamp(),
    error     text,
    PRIMARY KEY (region, case_id)
);
CREATE INDEX measures_due_next ON measures_due (due_at, case_id) WHERE attempts < 12;
INSERT INTO measures_due (region, case_id) SELECT region, id FROM cases WHERE closed_at IS NOT NULL;

-- The figures of each measured case; the row is what keeps a case from being counted twice.
CREATE TABLE case_measures (
    region   char(6) NOT NULL,
    case_id  uuid NOT NULL,
    journey  text NOT NULL,
    month    date NOT NULL,
    figures  jsonb NOT NULL,
    PRIMARY KEY (region, case_id)
);

-- How many cases of a month had which value: enough for exact medians of any months together.
CREATE TABLE measure_counts (
    region   char(6) NOT NULL,
    journey  text NOT NULL,
    month    date NOT NULL,
    kind     text NOT NULL CHECK (kind IN ('journey', 'station', 'item', 'path')),
    subject  text NOT NULL,
    measure  text NOT NULL,
    value    integer NOT NULL,
    cases    bigint NOT NULL CHECK (cases > 0),
    PRIMARY KEY (region, journey, month, kind, subject, measure, value)
);

-- What a path's digest stands for. Small: as many rows as there are ways through the journeys.
CREATE TABLE measure_paths (
    digest  text PRIMARY KEY,
    steps   jsonb NOT NULL
);

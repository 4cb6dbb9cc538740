-- depends: 0032_consents 0030_exchange_called
-- How long what is kept, and what was destroyed when its time was over.

-- One rule a kind of record: destroyed after so many years, or only listed for the archive. The years here are the
-- platform's defaults, no law's: each deployment sets its own with their basis (`tongban retention rule`).
CREATE TABLE retention_rules (
    kind    text PRIMARY KEY CHECK (kind IN ('case', 'look-up-values', 'use', 'message')),
    years   integer NOT NULL CHECK (years BETWEEN 1 AND 100),
    action  text NOT NULL CHECK (action IN ('destroy', 'archive')),
    basis   text NOT NULL CHECK (basis <> '')
);
INSERT INTO retention_rules (kind, years, action, basis) VALUES
    ('case', 10, 'destroy', '平台默认值，须由本级档案和数据主管部门核定'),
    ('look-up-values', 3, 'destroy', '平台默认值，须由本级档案和数据主管部门核定'),
    ('use', 10, 'destroy', '平台默认值，须由本级档案和数据主管部门核定'),
    ('message', 3, 'destroy', '平台默认值，须由本级档案和数据主管部门核定');

-- One batch of destroyed records: `id` is the ledger entry's, which holds count and digest of `things` (opaque ids).
CREATE TABLE retention_batches (
    region  char(6) NOT NULL,
    id      uuid NOT NULL,
    kind    text NOT NULL,
    at      timestamptz NOT NULL,
    years   integer NOT NULL,
    basis   text NOT NULL,
    things  uuid[] NOT NULL CHECK (cardinality(things) > 0),
    PRIMARY KEY (region, id)
);

-- What is due is found without reading what is not.
CREATE INDEX cases_closed ON cases (closed_at, region, id) WHERE closed_at IS NOT NULL AND account IS NOT NULL;
CREATE INDEX look_ups_age ON look_ups (asked_at, region, id);
CREATE INDEX messages_age ON messages (at);

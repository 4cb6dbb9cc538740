-- depends: 0021_baskets
-- What operators did to the node itself: backups, rehearsals, trials, keys. Small; one row an act.

CREATE TABLE operations (
    id        uuid PRIMARY KEY,
    kind      text NOT NULL CHECK (kind IN ('init', 'backup', 'rehearsal', 'mail', 'split', 'rotation')),
    began_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at  timestamptz,
    outcome   text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed')),
    detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX operations_latest ON operations (kind, began_at DESC);
-- One rotation of the keys at a time: what was begun is finished before the next.
CREATE UNIQUE INDEX operations_one_rotation ON operations (kind) WHERE kind = 'rotation' AND outcome = 'running';

-- Which keys each running process holds: a key is used only when all of them can open what it seals.
CREATE TABLE vault_holders (
    process      uuid PRIMARY KEY,
    name         text NOT NULL,
    keys         text[] NOT NULL,
    current_key  text NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

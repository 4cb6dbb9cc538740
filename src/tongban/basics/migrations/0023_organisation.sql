-- depends: 0022_log_in
-- The organisation: units as a dated tree, positions in them, who held which and when, leave with a substitute,
-- hand-over, and what is needed to reach an official. Whatever changes gets a new row from its day on.

-- A department, or an office within one, as it was called from a moment on. The id never changes; a merged unit names
-- its successor.
CREATE TABLE units (
    region      char(6) NOT NULL,
    id          text NOT NULL CHECK (id ~ '^[a-z][a-z0-9_-]{0,62}$'),
    since       timestamptz NOT NULL,
    until       timestamptz,
    kind        text NOT NULL CHECK (kind IN ('department', 'office')),
    name        text NOT NULL CHECK (name <> ''),
    short       text NOT NULL CHECK (short <> ''),
    parent      text,
    uscc        text,
    roles       text[] NOT NULL DEFAULT '{}',
    address     text,
    phone       text,
    colour      text,
    division    text,
    rank        integer NOT NULL DEFAULT 100,
    successor   text,
    basis       text,
    by_pack     boolean NOT NULL DEFAULT false,
    external_id text,
    changed_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (region, id, since),
    CHECK (until >= since),
    CHECK (successor IS NULL OR until IS NOT NULL)
);
CREATE UNIQUE INDEX units_last ON units (region, id) WHERE until IS NULL;

-- Which unit answers for which former one, over several mergers, and from when. Stored keys stay as they are.
CREATE TABLE unit_successions (
    region     char(6) NOT NULL,
    former     text NOT NULL,
    successor  text NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (region, successor, former)
);

-- A seat in a unit, whoever has it: its title and its place in the order of ranks.
CREATE TABLE positions (
    region      char(6) NOT NULL,
    id          text NOT NULL CHECK (id ~ '^[a-z][a-z0-9_-]{0,62}$'),
    since       timestamptz NOT NULL,
    until       timestamptz,
    unit        text NOT NULL,
    title       text NOT NULL CHECK (title <> ''),
    role        text NOT NULL CHECK (role IN ('handler', 'head', 'clerk', 'administrator', 'supervisor')),
    rank        integer NOT NULL DEFAULT 100,
    changed_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (region, id, since),
    CHECK (until >= since)
);
CREATE UNIQUE INDEX positions_last ON positions (region, id) WHERE until IS NULL;
CREATE INDEX positions_in ON positions (region, unit);

-- A post is somebody's holding of an office. What ended stays, so that it is known who held what when; what was there
-- before this has no beginning.
ALTER TABLE posts ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE posts ADD COLUMN valid_from timestamptz;
ALTER TABLE posts ALTER COLUMN valid_from SET DEFAULT platform_now();
ALTER TABLE posts ADD COLUMN position text;
ALTER TABLE posts ADD COLUMN unit text;
ALTER TABLE posts ADD COLUMN title text;
ALTER TABLE posts ADD COLUMN acting boolean NOT NULL DEFAULT false;
ALTER TABLE posts DROP CONSTRAINT posts_pkey;
ALTER TABLE posts ADD PRIMARY KEY (region, id);
CREATE UNIQUE INDEX posts_once ON posts (region, account, department, role, acting, coalesce(position, ''))
    WHERE valid_until IS NULL;
CREATE INDEX posts_in ON posts (region, department);
CREATE INDEX posts_position ON posts (region, position) WHERE position IS NOT NULL;
ALTER TABLE posts ADD CONSTRAINT posts_acting_ends CHECK (NOT acting OR valid_until IS NOT NULL);

-- Somebody is away and somebody else, named, does what waits meanwhile.
CREATE TABLE leaves (
    region      char(6) NOT NULL,
    id          uuid NOT NULL,
    account     uuid NOT NULL REFERENCES accounts,
    substitute  uuid NOT NULL REFERENCES accounts,
    since       timestamptz NOT NULL,
    until       timestamptz NOT NULL,
    ended_at    timestamptz,
    set_by      uuid NOT NULL,
    set_at      timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    CHECK (until > since),
    CHECK (substitute <> account)
);
CREATE INDEX leaves_substitute ON leaves (substitute, until) WHERE ended_at IS NULL;
CREATE INDEX leaves_of ON leaves (account, until);

-- What somebody held who changed post or left, and who took it over. Open until the receiver confirms.
CREATE TABLE handovers (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    giver         uuid NOT NULL REFERENCES accounts,
    receiver      uuid NOT NULL REFERENCES accounts,
    department    text NOT NULL,
    note          text NOT NULL DEFAULT '',
    open_tasks    integer NOT NULL CHECK (open_tasks >= 0),
    made_by       uuid NOT NULL,
    made_at       timestamptz NOT NULL,
    confirmed_at  timestamptz,
    PRIMARY KEY (region, id),
    CHECK (giver <> receiver)
);
CREATE INDEX handovers_receiver ON handovers (receiver, made_at DESC);

-- An official as the directory knows one. Ways to reach somebody are sealed. `pending`: no identity number yet, the
-- account exists for the office alone. `removed_at`: the system that provisions it has deleted it; the history stays.
CREATE TABLE staff (
    region       char(6) NOT NULL,
    account      uuid NOT NULL REFERENCES accounts,
    sealed       bytea,
    external_id  text,
    pending      boolean NOT NULL DEFAULT false,
    revision     integer NOT NULL DEFAULT 1,
    joined_at    timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    invited_at   timestamptz,
    left_at      timestamptz,
    removed_at   timestamptz,
    PRIMARY KEY (region, account)
);
CREATE INDEX staff_external ON staff (region, external_id) WHERE external_id IS NOT NULL;

-- Institutions' systems that keep a region's directory up to date; only a digest of the token is kept.
CREATE TABLE directory_provisioners (
    region      char(6) NOT NULL,
    id          uuid NOT NULL,
    name        text NOT NULL,
    digest      bytea NOT NULL UNIQUE,
    made_at     timestamptz NOT NULL,
    revoked_at  timestamptz,
    PRIMARY KEY (region, id)
);

-- A file that was read and shown to whoever handed it in, until they say that it shall be so; it holds numbers, so it
-- is sealed and forgotten after a day.
CREATE TABLE organisation_imports (
    region   char(6) NOT NULL,
    id       uuid NOT NULL,
    account  uuid NOT NULL REFERENCES accounts,
    sealed   bytea NOT NULL,
    made_at  timestamptz NOT NULL,
    PRIMARY KEY (region, id)
);

-- In whose place a task was decided, under which leave.
ALTER TABLE tasks ADD COLUMN decided_for uuid;

-- What an account may act as at this moment: its own posts; those of whoever it stands in for while a leave runs, which
-- are never lent on and never such as govern accounts; and all of them also for units that were merged into theirs.
CREATE VIEW posts_now AS
WITH own AS NOT MATERIALIZED (
    SELECT region, account, department, role, acting, title, NULL::uuid AS leave, NULL::uuid AS substitute_for,
           NULL::text AS in_place_of
      FROM posts
     WHERE (valid_from IS NULL OR valid_from <= platform_now())
       AND (valid_until IS NULL OR valid_until > platform_now())),
held AS NOT MATERIALIZED (
    SELECT * FROM own
    UNION ALL
    SELECT o.region, l.substitute, o.department, o.role, o.acting, o.title, l.id, l.account, p.name
      FROM leaves l
      JOIN posts o ON o.account = l.account AND o.region = l.region AND o.role IN ('handler', 'head', 'clerk')
      JOIN accounts a ON a.id = l.account JOIN persons p ON p.id = a.person
     WHERE l.ended_at IS NULL AND l.since <= platform_now() AND l.until > platform_now()
       AND (o.valid_from IS NULL OR o.valid_from <= platform_now())
       AND (o.valid_until IS NULL OR o.valid_until > platform_now()))
SELECT * FROM held
UNION ALL
SELECT h.region, h.account, s.former, h.role, h.acting, h.title, h.leave, h.substitute_for, h.in_place_of
  FROM held h JOIN unit_successions s ON s.region = h.region AND s.successor = h.department
   AND s.since <= platform_now();

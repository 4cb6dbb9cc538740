-- depends: 0005_resources 0004_parties
-- The one ledger of data resources, applications, components and cloud resources: who has what, and how it is used.

-- One thing of a department. The columns show what is published, or the newest version where nothing is; history
-- lies in catalogue_versions and catalogue_acts.
CREATE TABLE catalogue_entries (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('resource', 'application', 'component', 'cloud')),
    code          text NOT NULL,
    provider      text NOT NULL,
    resource      text,           -- the id of the pack's resource that it describes, if any
    state         text NOT NULL CHECK (state IN ('draft', 'waiting', 'returned', 'published', 'withdrawn')),
    revision      integer NOT NULL CHECK (revision > 0),
    published     integer CHECK (published <= revision),
    name          text NOT NULL,
    content       jsonb NOT NULL,
    name_grams    text[] NOT NULL,
    grams         text[] NOT NULL,
    sharing       text,
    open          text,
    cycle         text,
    library       text,
    grade         text,
    public        boolean NOT NULL DEFAULT false,
    updated_on    date,           -- the last day on which its data was brought up to date
    published_at  timestamptz,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (region, id),
    UNIQUE (region, code),
    CONSTRAINT catalogue_public_only_if_published CHECK (NOT public OR published IS NOT NULL)
);
CREATE UNIQUE INDEX catalogue_entries_resource ON catalogue_entries (region, resource) WHERE resource IS NOT NULL;
CREATE INDEX catalogue_entries_listed ON catalogue_entries (region, kind, code) WHERE published IS NOT NULL;
CREATE INDEX catalogue_entries_public ON catalogue_entries (region, code) WHERE public;
CREATE INDEX catalogue_entries_provider ON catalogue_entries (region, provider, code);
CREATE INDEX catalogue_entries_waiting ON catalogue_entries (region, changed_at) WHERE state = 'waiting';
CREATE INDEX catalogue_entries_grams ON catalogue_entries USING gin (grams);

-- Every version that was ever saved, whole.
CREATE TABLE catalogue_versions (
    region    char(6) NOT NULL,
    entry     uuid NOT NULL,
    revision  integer NOT NULL,
    content   jsonb NOT NULL,
    PRIMARY KEY (region, entry, revision)
);

-- Who did what to an entry, when and why. A person or a pack acts.
CREATE TABLE catalogue_acts (
    region      char(6) NOT NULL,
    entry       uuid NOT NULL,
    id          uuid NOT NULL,
    at          timestamptz NOT NULL,
    act         text NOT NULL CHECK (act IN ('proposed', 'entered', 'edited', 'imported', 'submitted', 'returned',
                                             'published', 'withdrawn', 'refreshed')),
    revision    integer NOT NULL,
    person      uuid,
    department  text,
    pack        text,
    note        text,
    PRIMARY KEY (region, entry, id),
    CONSTRAINT catalogue_acts_somebody CHECK ((person IS NULL) <> (pack IS NULL))
);

CREATE TRIGGER catalogue_versions_never_change BEFORE UPDATE OR DELETE ON catalogue_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalogue_acts_never_change BEFORE UPDATE OR DELETE ON catalogue_acts
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The last serial number given in each category; resources count in theirs, the other kinds each for itself.
CREATE TABLE catalogue_numbers (
    region    char(6) NOT NULL,
    category  text NOT NULL,
    last      integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (region, category)
);

-- What other nodes harvest: publications and withdrawals in the order of commits. Positions of a region count from 1
-- without a gap, given under a lock that is held until the commit.
CREATE TABLE catalogue_feed (
    region    char(6) NOT NULL,
    position  bigint NOT NULL CHECK (position > 0),
    entry     uuid NOT NULL,
    revision  integer NOT NULL,
    gone      boolean NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (region, position)
);
CREATE TRIGGER catalogue_feed_never_changes BEFORE UPDATE OR DELETE ON catalogue_feed
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Nodes that may harvest a region, each by a token of which only the digest is kept. A small table.
CREATE TABLE catalogue_harvesters (
    digest         bytea PRIMARY KEY,
    region         char(6) NOT NULL,
    id             uuid NOT NULL,
    name           text NOT NULL,
    registered_at  timestamptz NOT NULL,
    revoked_at     timestamptz,
    UNIQUE (region, name)
);

-- Nodes that this one harvests: from where, which key signs there, and how far. The cursor lies in the transaction
-- that keeps what lies before it.
CREATE TABLE catalogue_sources (
    url           text NOT NULL,
    region        char(6) NOT NULL,
    node          text NOT NULL,
    key           text NOT NULL,
    cursor        bigint NOT NULL DEFAULT 0 CHECK (cursor >= 0),
    harvested_at  timestamptz,
    PRIMARY KEY (url)
);

-- What was harvested, as it stands there now. A withdrawn entry is gone.
CREATE TABLE catalogue_harvested (
    url         text NOT NULL,
    id          uuid NOT NULL,
    position    bigint NOT NULL,
    region      char(6) NOT NULL,
    kind        text NOT NULL,
    code        text NOT NULL,
    provider    text NOT NULL,
    name        text NOT NULL,
    content     jsonb NOT NULL,
    grams       text[] NOT NULL,
    PRIMARY KEY (url, id)
);
CREATE INDEX catalogue_harvested_listed ON catalogue_harvested (code, id);
CREATE INDEX catalogue_harvested_grams ON catalogue_harvested USING gin (grams);

-- Use that departments report of what does not run through the platform, a month at a time.
CREATE TABLE catalogue_reports (
    region       char(6) NOT NULL,
    entry        uuid NOT NULL,
    month        date NOT NULL CHECK (extract(day FROM month) = 1),
    uses         bigint NOT NULL CHECK (uses >= 0),
    users        integer NOT NULL CHECK (users >= 0),
    last_used    date,
    reported_by  uuid NOT NULL,
    reported_at  timestamptz NOT NULL,
    PRIMARY KEY (region, entry, month)
);

-- Look-ups already counted, by resource, asking department and month; what came after up_to is counted when asked.
CREATE TABLE catalogue_uses (
    region     char(6) NOT NULL,
    resource   text NOT NULL,
    consumer   text NOT NULL,
    month      date NOT NULL,
    uses       bigint NOT NULL CHECK (uses > 0),
    last_at    timestamptz NOT NULL,
    PRIMARY KEY (region, resource, consumer, month)
);
CREATE TABLE catalogue_counted (
    region  char(6) PRIMARY KEY,
    up_to   uuid NOT NULL
);

-- What counts as idle, and as alike, where a region decided otherwise than the defaults.
CREATE TABLE catalogue_settings (
    region      char(6) PRIMARY KEY,
    idle_days   integer NOT NULL CHECK (idle_days BETWEEN 1 AND 3660),
    alike       integer NOT NULL CHECK (alike BETWEEN 1 AND 100),
    changed_at  timestamptz NOT NULL
);

-- Projects that departments want to build. None is approved before it was compared with what exists and every
-- likeness found was answered.
CREATE TABLE catalogue_projects (
    region       char(6) NOT NULL,
    id           uuid NOT NULL,
    department   text NOT NULL,
    state        text NOT NULL CHECK (state IN ('open', 'approved', 'declined')),
    content      jsonb NOT NULL,
    findings     jsonb NOT NULL DEFAULT '[]',
    answers      jsonb NOT NULL DEFAULT '{}',
    checked_at   timestamptz,
    proposed_by  uuid NOT NULL,
    proposed_at  timestamptz NOT NULL,
    decided_by   uuid,
    decided_at   timestamptz,
    reasons      text,
    PRIMARY KEY (region, id),
    CONSTRAINT catalogue_projects_checked_first CHECK (state <> 'approved' OR checked_at IS NOT NULL),
    CONSTRAINT catalogue_projects_decided_whole CHECK ((state = 'open') = (decided_at IS NULL)
                                                       AND (state = 'open') = (decided_by IS NULL)),
    CONSTRAINT catalogue_projects_two_people CHECK (decided_by <> proposed_by)
);
CREATE INDEX catalogue_projects_listed ON catalogue_projects (region, proposed_at DESC, id DESC);

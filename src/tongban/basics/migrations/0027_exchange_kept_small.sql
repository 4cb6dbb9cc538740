-- depends: 0021_baskets
-- What a call writes costs less; a day's quota is spent by the intent itself; what two logs say differently, and how
-- many people a consumer asked about over weeks, is kept.

-- Intents come in the order of time: a few bytes for many pages find a day as well as a tree over every row did.
DROP INDEX exchange_intents_consumer;
DROP INDEX exchange_intents_watched;
CREATE INDEX exchange_intents_time ON exchange_intents USING brin (at) WITH (pages_per_range = 32, autosummarize = on);

-- A call through the gateway that names no case stands under its own id: nobody looks for it by case.
DROP INDEX look_ups_case;
CREATE INDEX look_ups_case ON look_ups (region, case_id, id) WHERE case_id <> id;

-- The quota that a day was counted under. A statement that would count past it fails whole, with the intent in it.
ALTER TABLE grant_days ADD COLUMN most integer;
ALTER TABLE grant_days ADD CONSTRAINT grant_days_within_quota CHECK (records <= most);

-- Whole days of use, a row for each officer or system and purpose. `sketch` tells how many different people and
-- enterprises were asked about, to some per cent, and nothing about whom; sketches of several days can be united.
CREATE TABLE exchange_reach (
    region        char(6) NOT NULL,
    day           date NOT NULL,  -- in China
    consumer      text NOT NULL,
    who           text NOT NULL,
    purpose       text NOT NULL,
    system        boolean NOT NULL,
    calls         integer NOT NULL,
    without_case  integer NOT NULL,
    sketch        bytea NOT NULL,
    PRIMARY KEY (region, day, consumer, who, purpose)
);

-- The last comparison with another party's log, and each difference it found until a later one finds it gone.
CREATE TABLE exchange_comparisons (
    region     char(6) NOT NULL,
    other      text NOT NULL,         -- a node's name, or the name under which a file was handed in
    at         timestamptz NOT NULL,
    since      timestamptz NOT NULL,
    before     timestamptz NOT NULL,
    here       integer NOT NULL,      -- lines compared
    there      integer NOT NULL,
    closed     integer NOT NULL,      -- unknown calls that got their outcome
    PRIMARY KEY (region, other)
);
CREATE TABLE exchange_differences (
    region    char(6) NOT NULL,
    other     text NOT NULL,
    consumer  text NOT NULL,
    message   text NOT NULL,
    kind      text NOT NULL,
    here      text NOT NULL,
    there     text NOT NULL,
    found_at  timestamptz NOT NULL,
    gone_at   timestamptz,
    PRIMARY KEY (region, other, consumer, message)
);
CREATE INDEX exchange_differences_open ON exchange_differences (region, other) WHERE gone_at IS NULL;

-- depends: 0018_grants
-- The exchange: what is about to be asked is committed before the provider hears of it, what came of it before the
-- consumer does. Neither table ever holds data; digests are keyed, so that nobody can guess a number back.

-- One intent to ask, under one grant as it stood. `side`: this node spoke for the consumer, for the provider, or both.
CREATE TABLE exchange_intents (
    region       char(6) NOT NULL,
    id           uuid NOT NULL,
    at           timestamptz NOT NULL,
    side         text NOT NULL CHECK (side IN ('both', 'consumer', 'provider')),
    peer         text,           -- the other node's name; null when both sides are here
    message      text NOT NULL,  -- the asking system's own id of its message: once a consumer, for ever
    consumer     text NOT NULL,
    subsystem    text,           -- the consumer's system that asked; null: this platform itself
    provider     text NOT NULL,
    resource     text NOT NULL,
    officer      text,
    issue        text,           -- the number of the case, or its id
    represented  text,
    purpose      text NOT NULL,
    basis        text NOT NULL,
    grant_id     uuid NOT NULL,
    revision     integer NOT NULL,
    fields       text[] NOT NULL,
    records      integer NOT NULL CHECK (records > 0),  -- the most that may come back
    subject      bytea,          -- keyed hash of the person or enterprise asked about
    digest       bytea NOT NULL,
    signed_at    timestamptz NOT NULL,
    algorithm    text,
    key_id       text,
    signature    bytea,
    PRIMARY KEY (region, id),
    CONSTRAINT exchange_intents_signed_whole CHECK (
        (signature IS NULL) = (algorithm IS NULL) AND (signature IS NULL) = (key_id IS NULL))
);
-- A message is taken once: what is replayed meets this.
CREATE UNIQUE INDEX exchange_intents_once ON exchange_intents (region, consumer, message, side);
CREATE INDEX exchange_intents_consumer ON exchange_intents (region, consumer, at);
CREATE INDEX exchange_intents_peer ON exchange_intents (peer, id) WHERE peer IS NOT NULL;

-- What came of an intent. None: unknown, until the other side's log has told.
CREATE TABLE exchange_outcomes (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    at            timestamptz NOT NULL,
    result        text NOT NULL CHECK (result IN ('found', 'missing', 'unavailable', 'invalid', 'undelivered')),
    reason        text,
    records       integer NOT NULL DEFAULT 0,
    milliseconds  integer NOT NULL DEFAULT 0,
    digest        bytea,
    signed_at     timestamptz,
    algorithm     text,
    key_id        text,
    signature     bytea,
    there         text,  -- of an undelivered answer: what the other side's log says
    PRIMARY KEY (region, id),
    CONSTRAINT exchange_outcomes_found_has_digest CHECK (result <> 'found' OR digest IS NOT NULL)
);

-- Calls that were refused before anything was asked; `consumer` and `resource` as the caller wrote them.
CREATE TABLE exchange_refusals (
    region    char(6) NOT NULL,
    id        uuid NOT NULL,
    at        timestamptz NOT NULL,
    code      text NOT NULL,
    reason    text NOT NULL,
    consumer  text,
    resource  text,
    officer   text,
    issue     text,
    message   text,
    known     boolean NOT NULL,  -- whether the caller had proved who it is
    PRIMARY KEY (region, id)
);
CREATE INDEX exchange_refusals_recent ON exchange_refusals (region, at);

-- Systems of departments that may call the gateway, each with a token that only its hash is kept of.
CREATE TABLE exchange_subsystems (
    region       char(6) NOT NULL,
    id           uuid NOT NULL,
    member       text NOT NULL,
    code         text NOT NULL,
    token_hash   bytea NOT NULL,
    made_at      timestamptz NOT NULL,
    ended_at     timestamptz,
    PRIMARY KEY (region, id)
);
CREATE UNIQUE INDEX exchange_subsystems_token ON exchange_subsystems (token_hash);

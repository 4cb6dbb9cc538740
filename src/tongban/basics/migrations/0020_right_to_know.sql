-- depends: 0019_exchange
-- Objections to uses of one's data, and tickets that are about the use of data instead of a case.

-- What a ticket is about: a case; a use of data that somebody objects to; a consumer's use of the exchange.
-- `about_of` says for the latter two what stands in place of a case: of a use its purpose and parties are read from
-- `look_ups`; of the exchange (consumer, officer or system).
ALTER TABLE tickets ADD COLUMN about text NOT NULL DEFAULT 'case' CHECK (about IN ('case', 'objection', 'exchange'));
ALTER TABLE tickets ADD COLUMN about_of text[] NOT NULL DEFAULT '{}';

-- One objection or report of an error, with the ticket that it became. What the person wrote is sealed.
CREATE TABLE objections (
    region      char(6) NOT NULL,
    ticket      uuid NOT NULL,
    use_id      uuid NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('object', 'error')),
    account     uuid NOT NULL,
    person_key  bytea NOT NULL,
    sealed      bytea NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (region, ticket),
    UNIQUE (region, use_id, kind)
);
CREATE INDEX objections_of ON objections (person_key, use_id);

-- "My data" is narrowed to one department without reading all of it.
CREATE INDEX look_ups_person_consumer ON look_ups (person_key, consumer, id) WHERE person_key IS NOT NULL;
-- What officers and systems asked lately: who watches risky use reads these alone.
CREATE INDEX exchange_intents_watched ON exchange_intents (region, at)
    WHERE officer IS NOT NULL OR subsystem IS NOT NULL;

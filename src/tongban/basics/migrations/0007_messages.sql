-- depends: 0004_parties
-- What was told to whom inside the platform; other channels follow from the same rows.
CREATE TABLE messages (
    region   char(6) NOT NULL,
    account  uuid NOT NULL,
    id       uuid NOT NULL,
    kind     text NOT NULL,
    subject  uuid NOT NULL,
    at       timestamptz NOT NULL,
    detail   jsonb NOT NULL DEFAULT '{}',
    read_at  timestamptz,
    PRIMARY KEY (region, account, id)
);
CREATE INDEX messages_of ON messages (account, at DESC);

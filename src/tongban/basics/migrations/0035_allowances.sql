-- depends: 0035_hostile
-- How often somebody has done one kind of thing in the running stretch of time: one row each, cleared after a day.

CREATE TABLE allowances (
    subject  bytea NOT NULL,        -- a digest of purpose and account or source: no address and no name is kept
    since    timestamptz NOT NULL,
    times    integer NOT NULL CHECK (times > 0),
    PRIMARY KEY (subject, since)
);
CREATE INDEX allowances_age ON allowances (since);

-- depends: 0005_resources
-- A grant says more than which fields: which rows, masked how, how many a day; and it may come from a basket.

ALTER TABLE grants ALTER COLUMN need DROP NOT NULL;
ALTER TABLE grants ALTER COLUMN journey DROP NOT NULL;
ALTER TABLE grants ALTER COLUMN pack DROP NOT NULL;
ALTER TABLE grants ALTER COLUMN version DROP NOT NULL;
ALTER TABLE grants ADD COLUMN basket uuid;
ALTER TABLE grants ADD COLUMN theme text;
ALTER TABLE grants ADD COLUMN "rows" text;                 -- a condition over the resource's fields; null is every row
ALTER TABLE grants ADD COLUMN masks jsonb NOT NULL DEFAULT '{}';
ALTER TABLE grants ADD COLUMN quota integer CHECK (quota > 0);  -- records a day; null is no limit
ALTER TABLE grants ADD COLUMN lists boolean NOT NULL DEFAULT false;  -- pages of rows, not only one record at a time
ALTER TABLE grants ADD COLUMN revision integer NOT NULL DEFAULT 1;   -- raised by every change
ALTER TABLE grants ADD CONSTRAINT grants_origin CHECK (basket IS NOT NULL OR (need IS NOT NULL AND pack IS NOT NULL
    AND version IS NOT NULL AND journey IS NOT NULL));
CREATE INDEX grants_basket ON grants (region, basket) WHERE basket IS NOT NULL;

-- How many records each grant with a quota gave on a day in China. Counted before anything is asked.
CREATE TABLE grant_days (
    region    char(6) NOT NULL,
    grant_id  uuid NOT NULL,
    day       date NOT NULL,
    records   integer NOT NULL CHECK (records > 0),
    PRIMARY KEY (region, grant_id, day)
);

-- One number that every change of a grant raises, in the order of commits: who keeps grants in memory compares it.
CREATE TABLE grants_stamp (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    stamp   bigint NOT NULL
);
INSERT INTO grants_stamp (stamp) VALUES (1);

CREATE FUNCTION grants_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE grants_stamp SET stamp = stamp + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER grants_changed AFTER INSERT OR UPDATE OR DELETE ON grants
    FOR EACH STATEMENT EXECUTE FUNCTION grants_changed();

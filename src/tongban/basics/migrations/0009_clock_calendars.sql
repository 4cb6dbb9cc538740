-- depends: 0008_cases
-- Calendars by two people: one proposes a dated file, another approves it. Nothing is edited, only superseded.

CREATE TABLE calendars (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('year', 'days')),
    year          smallint NOT NULL,
    -- Its number among those of the same region, kind and year, given when it is published; 0 came with the program.
    edition       smallint CHECK (edition > 0),
    content       text NOT NULL,
    digest        bytea NOT NULL CHECK (digest = sha256(convert_to(content, 'UTF8'))),
    state         text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'published', 'declined')),
    proposed_by   uuid NOT NULL REFERENCES persons,
    proposed_at   timestamptz NOT NULL,
    decided_by    uuid REFERENCES persons,
    decided_at    timestamptz,
    reasons       text,
    PRIMARY KEY (region, id),
    CONSTRAINT calendars_by_two_people CHECK (state <> 'published' OR decided_by <> proposed_by),
    CONSTRAINT calendars_decided_whole CHECK (
        (state = 'proposed') = (decided_by IS NULL) AND (state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT calendars_numbered_when_published CHECK ((state = 'published') = (edition IS NOT NULL)),
    CONSTRAINT calendars_declined_with_reasons CHECK ((state = 'declined') = (reasons IS NOT NULL))
);
CREATE UNIQUE INDEX calendars_edition ON calendars (region, kind, year, edition) WHERE state = 'published';
CREATE INDEX calendars_newest ON calendars (proposed_at DESC, id);

-- What was proposed stays as it was; what was decided stays decided.
CREATE FUNCTION refuse_calendar_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'proposed'
       AND (NEW.region, NEW.id, NEW.kind, NEW.year, NEW.content, NEW.digest, NEW.proposed_by, NEW.proposed_at)
           IS NOT DISTINCT FROM
           (OLD.region, OLD.id, OLD.kind, OLD.year, OLD.content, OLD.digest, OLD.proposed_by, OLD.proposed_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of calendar % % is refused: it is superseded, never edited', TG_OP, OLD.region, OLD.id
        USING ERRCODE = 'TB001';
END $$;

CREATE TRIGGER calendars_never_change BEFORE UPDATE OR DELETE ON calendars
    FOR EACH ROW EXECUTE FUNCTION refuse_calendar_change();

CREATE TRIGGER calendars_are_never_emptied BEFORE TRUNCATE ON calendars
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

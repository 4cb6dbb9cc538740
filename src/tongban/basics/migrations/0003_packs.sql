-- depends: 0001_basics

-- Installed packs: every version for ever as it was installed, one of each active. A small table, read
-- whole when a server starts; in a spread database a reference table.
CREATE TABLE packs (
    id            text NOT NULL CHECK (id ~ '^[a-z][a-z0-9-]{0,62}$'),
    version       text NOT NULL CHECK (version ~ '^[0-9]+\.[0-9]+\.[0-9]+$'),
    digest        bytea NOT NULL CHECK (octet_length(digest) = 32),
    content       text NOT NULL,
    installed_at  timestamptz NOT NULL DEFAULT platform_now(),
    active        boolean NOT NULL,
    PRIMARY KEY (id, version)
);
CREATE UNIQUE INDEX packs_active ON packs (id) WHERE active;

-- Running cases are pinned to a version, so nothing of it but its being active may change.
CREATE FUNCTION refuse_pack_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
       AND (NEW.id, NEW.version, NEW.digest, NEW.content, NEW.installed_at)
           IS NOT DISTINCT FROM (OLD.id, OLD.version, OLD.digest, OLD.content, OLD.installed_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of pack % % is refused: an installed version never changes', TG_OP, OLD.id, OLD.version
        USING ERRCODE = 'TB001';
END $$;

CREATE TRIGGER packs_never_change BEFORE UPDATE OR DELETE ON packs
    FOR EACH ROW EXECUTE FUNCTION refuse_pack_change();

CREATE TRIGGER packs_are_never_emptied BEFORE TRUNCATE ON packs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

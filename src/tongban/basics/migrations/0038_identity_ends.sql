-- depends: 0037_rights
-- Who helps at a window, and accounts that are only kept: nobody signs in to one until its person proves who they are.

ALTER TABLE accounts ADD COLUMN kept boolean NOT NULL DEFAULT false;
UPDATE accounts SET kept = true WHERE password_hash = '!' AND login LIKE 'child-%';

-- That a clerk who saw person and card fills in one matter in that person's name: this clerk, this matter, until the end
-- of the day. `confirmed_as`: how the person confirmed what was filled in, and at which revision of the draft.
CREATE TABLE assistances (
    region        char(6) NOT NULL,
    matter        uuid NOT NULL,
    clerk         uuid NOT NULL REFERENCES accounts,
    department    text NOT NULL,
    account       uuid NOT NULL REFERENCES accounts,
    journey       text NOT NULL,
    begun_at      timestamptz NOT NULL,
    until         timestamptz NOT NULL CHECK (until > begun_at),
    confirmed_as  text CHECK (confirmed_as IN ('signature', 'code')),
    revision      integer,
    PRIMARY KEY (region, matter, clerk),
    CHECK ((confirmed_as IS NULL) = (revision IS NULL))
);
CREATE INDEX assistances_of ON assistances (clerk, until);

-- In force while the day runs and the clerk receives people at that window.
CREATE VIEW assisting_now AS
SELECT s.clerk, s.region, s.matter, s.department, s.account, s.journey, s.begun_at, s.until, s.confirmed_as, s.revision,
       p.name, p.id_key
  FROM assistances s JOIN accounts a ON a.id = s.account JOIN persons p ON p.id = a.person
 WHERE s.until > platform_now() AND a.disabled_at IS NULL
   AND EXISTS (SELECT 1 FROM posts_now o WHERE o.account = s.clerk AND o.region = s.region
                  AND o.department = s.department AND o.role IN ('clerk', 'head'));

CREATE OR REPLACE VIEW actors_now AS
SELECT a.id AS account, a.login, a.assurance, p.id AS person, p.name, p.id_key, p.sealed,
       coalesce((SELECT json_agg(json_build_object('region', o.region, 'department', o.department, 'role', o.role,
                   'substitute_for', o.substitute_for, 'in_place_of', o.in_place_of, 'leave', o.leave,
                   'acting', o.acting, 'title', coalesce(o.title, '')))
                   FROM posts_now o WHERE o.account = a.id), '[]') AS posts,
       coalesce((SELECT json_agg(json_build_object('enterprise', e.id, 'name', e.name, 'key', encode(e.uscc_key, 'base64'),
                   'capacity', m.capacity, 'until', m.until, 'services', m.services) ORDER BY e.name, e.id)
                   FROM (SELECT DISTINCT ON (enterprise) enterprise, capacity, until, services FROM mandates
                          WHERE person = p.id AND since <= platform_now()
                            AND (until IS NULL OR until > platform_now())
                          ORDER BY enterprise,
                                   array_position(ARRAY['legal-representative', 'administrator', 'handler'], capacity),
                                   services IS NOT NULL) m JOIN enterprises e ON e.id = m.enterprise), '[]')
         AS mandates,
       coalesce((SELECT json_agg(json_build_object('account', r.account, 'name', w.name, 'key', encode(w.id_key, 'base64'),
                   'capacity', r.capacity, 'until', r.until, 'services', r.services) ORDER BY w.name, r.account)
                   FROM represented_now r JOIN accounts b ON b.id = r.account JOIN persons w ON w.id = b.person
                  WHERE r.by_person = p.id), '[]') AS represented,
       coalesce((SELECT json_agg(json_build_object('region', s.region, 'matter', s.matter, 'department', s.department,
                   'account', s.account, 'name', s.name, 'service', s.journey, 'until', s.until,
                   'confirmed_as', s.confirmed_as, 'revision', s.revision) ORDER BY s.begun_at)
                   FROM assisting_now s WHERE s.clerk = a.id), '[]') AS assisting
  FROM accounts a JOIN persons p ON p.id = a.person
 WHERE a.disabled_at IS NULL;

-- Whether `whose` matters are open to the person behind the session that the setting names.
CREATE OR REPLACE FUNCTION wall_session_owns(whose uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    asked bytea := decode(wall('session'), 'hex');
BEGIN
    RETURN asked IS NOT NULL AND EXISTS (
        SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account
         WHERE s.digest = asked AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()
           AND a.disabled_at IS NULL AND (a.id = whose OR EXISTS (
               SELECT 1 FROM mandates m WHERE m.person = a.person AND m.enterprise = whose AND m.since <= platform_now()
                  AND (m.until IS NULL OR m.until > platform_now())) OR EXISTS (
               SELECT 1 FROM represented_now r WHERE r.by_person = a.person AND r.account = whose) OR EXISTS (
               SELECT 1 FROM assisting_now n WHERE n.clerk = a.id AND n.account = whose)));
END $$;

-- A kept account's matters become those of the account whose owner proved to be its person, and the kept one is closed.
-- Guardians' and clerks' access ends. A draft of a journey of which the heir has one open in the region stays behind and
-- is purged like any that nobody touches. Runs as the tables' owner: the wall shows the matters of others to nobody.
CREATE FUNCTION take_over_account(was uuid, heir uuid) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    moved integer;
BEGIN
    UPDATE accounts SET disabled_at = platform_now() WHERE id = was AND kept AND disabled_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'account % is not kept', was;
    END IF;
    UPDATE drafts d SET account = heir WHERE d.account = was AND d.enterprise IS NULL
       AND (d.submitted_at IS NOT NULL OR d.abandoned_at IS NOT NULL OR NOT EXISTS (
           SELECT 1 FROM drafts o WHERE o.account = heir AND o.enterprise IS NULL AND o.region = d.region
              AND o.journey = d.journey AND o.submitted_at IS NULL AND o.abandoned_at IS NULL));
    UPDATE cases SET account = heir WHERE account = was;
    GET DIAGNOSTICS moved = ROW_COUNT;
    UPDATE consents SET owner = heir WHERE owner = was;
    UPDATE look_ups SET person_account = heir WHERE person_account = was;
    UPDATE messages SET account = heir WHERE account = was;
    UPDATE objections SET account = heir WHERE account = was;
    UPDATE outbox SET payload = jsonb_set(payload, '{account}', to_jsonb(heir::text)) WHERE payload ->> 'account' = was::text;
    UPDATE guardianships g SET ended_at = platform_now() FROM accounts a
     WHERE a.id = was AND g.child = a.person AND g.ended_at IS NULL;
    UPDATE assistances SET until = greatest(platform_now(), begun_at + interval '1 microsecond')
     WHERE account = was AND until > platform_now();
    RETURN moved;
END $$;

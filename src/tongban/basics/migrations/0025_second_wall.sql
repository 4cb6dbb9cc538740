-- depends: 0021_baskets 0022_log_in 0023_organisation
-- The second wall: rows of personal tables show themselves only to whom the session setting says one is. And what the
-- first wall, the checkpoint, refused.
--
-- `tongban.wall` is JSON, set for one transaction by the application: `owners` (accounts and enterprises), `keys`
-- (keyed hashes of their identities), `places` (region/department in which one decides), `over` (regions one
-- supervises), `session` (a session's digest, where one statement finds out who asks and reads for them at once), or
-- `system` with a reason. Without it nothing is shown. Owners of the tables and superusers do not meet the wall.

CREATE FUNCTION wall(what text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('tongban.wall', true), '')::jsonb ->> what
$$;

-- Whether `whose` matters are those of the person behind the session that the setting names.
CREATE FUNCTION wall_session_owns(whose uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    asked bytea := decode(wall('session'), 'hex');
BEGIN
    RETURN asked IS NOT NULL AND EXISTS (
        SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account
         WHERE s.digest = asked AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()
           AND a.disabled_at IS NULL AND (a.id = whose OR EXISTS (
               SELECT 1 FROM mandates m WHERE m.person = a.person AND m.enterprise = whose AND m.since <= platform_now()
                  AND (m.until IS NULL OR m.until > platform_now()))));
END $$;

-- Whether a draft or case is open to whom the setting describes: what belongs to it asks here, row by row, because a
-- policy inside a policy makes plans that cost more than they find.
CREATE FUNCTION wall_opens(place text, matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    whose uuid;
    over text[] := wall('over')::text[];
BEGIN
    SELECT coalesce(enterprise, account) INTO whose FROM drafts WHERE region = place AND id = matter;
    IF whose IS NULL THEN
        SELECT coalesce(enterprise, account) INTO whose FROM cases WHERE region = place AND id = matter;
    END IF;
    IF whose = ANY (wall('owners')::uuid[]) OR wall_session_owns(whose) THEN
        RETURN true;
    END IF;
    RETURN EXISTS (SELECT 1 FROM tasks t WHERE t.region = place AND t.case_id = matter
                      AND t.region || '/' || t.department = ANY (wall('places')::text[]))
        OR ARRAY[place, left(place, 4) || '00', left(place, 2) || '0000'] && over
           AND EXISTS (SELECT 1 FROM cases c WHERE c.region = place AND c.id = matter);
END $$;

-- Whose a draft or case is, in words that PostgreSQL looks up before it asks the wall: it takes `coalesce` for something
-- that might tell, and would read the whole table first.
DROP INDEX drafts_open, drafts_of, cases_of;
CREATE UNIQUE INDEX drafts_open ON drafts (region, (CASE WHEN enterprise IS NULL THEN account ELSE enterprise END), journey)
    WHERE submitted_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX drafts_of ON drafts ((CASE WHEN enterprise IS NULL THEN account ELSE enterprise END), updated_at DESC)
    WHERE submitted_at IS NULL AND abandoned_at IS NULL;
CREATE INDEX cases_of ON cases ((CASE WHEN enterprise IS NULL THEN account ELSE enterprise END), submitted_at DESC, id);

DO $$
DECLARE
    platform text := '(SELECT wall(''system'')) IS NOT NULL';
    owned text := 'coalesce(enterprise, account) = ANY ((SELECT wall(''owners''))::uuid[])'
               || ' OR (SELECT wall(''session'')) IS NOT NULL AND wall_session_owns(coalesce(enterprise, account))';
    over text := '(SELECT wall(''over'')) IS NOT NULL AND ARRAY[region::text, left(region, 4) || ''00'','
              || ' left(region, 2) || ''0000''] && (SELECT wall(''over''))::text[]';
    part text := 'EXISTS (SELECT 1 FROM tasks t WHERE t.region = cases.region AND t.case_id = cases.id'
              || ' AND t.region || ''/'' || t.department = ANY ((SELECT wall(''places''))::text[]))';
    told text;
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('drafts', owned),
        -- A case of nobody (a ticket, a request for data) holds nothing of a person: a constraint says so.
        ('cases', concat_ws(' OR ', 'account IS NULL', owned, part, over)),
        ('case_questions', 'wall_opens(region, case_id)'),
        ('case_pledges', 'wall_opens(region, case_id)'),
        ('case_files', 'wall_opens(region, case_id)'),
        ('notices', 'wall_opens(region, case_id)'),
        ('look_ups', 'person_account = ANY ((SELECT wall(''owners''))::uuid[])'
            || ' OR person_key = ANY ((SELECT wall(''keys''))::bytea[]) OR wall_opens(region, case_id)'),
        ('licences', 'holder_key = ANY ((SELECT wall(''keys''))::bytea[]) OR wall_opens(region, source)'),
        ('messages', 'account = ANY ((SELECT wall(''owners''))::uuid[])'),
        ('objections', 'account = ANY ((SELECT wall(''owners''))::uuid[]) OR EXISTS (SELECT 1 FROM tickets t'
            || ' WHERE t.region = objections.region AND t.id = objections.ticket AND (t.region || ''/'' || t.department)'
            || ' = ANY ((SELECT wall(''places''))::text[])) OR ' || over)
    ) AS walled (tablename, shown) LOOP
        told := format('%s OR %s', platform, one.shown);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.tablename);
        -- One policy for all commands, so that a change is not asked the same thing twice.
        EXECUTE format('CREATE POLICY walled ON %I USING (%s) WITH CHECK (true)', one.tablename, told);
    END LOOP;
END $$;

-- A view reads as whoever asks it.
ALTER VIEW licence_rows SET (security_invoker = true);

-- What was refused, counted by minute, actor and action, so that a flood fills no disk. No names, no numbers: `account`
-- is the nil UUID for a visitor, `subjects` the first few ids that were asked for.
CREATE TABLE access_denials (
    region    char(6) NOT NULL,
    minute    timestamptz NOT NULL,
    account   uuid NOT NULL,
    action    text NOT NULL,
    reason    text NOT NULL CHECK (reason IN ('relation', 'unknown-action', 'second-person', 'unseen', 'wall')),
    times     integer NOT NULL CHECK (times > 0),
    subjects  text[] NOT NULL DEFAULT '{}',
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (region, minute, account, action, reason)
);
CREATE INDEX access_denials_newest ON access_denials (region, last_at DESC);
CREATE INDEX access_denials_age ON access_denials (minute);

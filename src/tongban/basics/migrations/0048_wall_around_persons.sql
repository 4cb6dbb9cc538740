-- depends: 0044_consent_of_others 0045_closed_accounts 0045_rights_of_wards 0046_codes_refused 0047_representatives_asked
-- The second wall around persons, their accounts and the tasks of cases; all of it stated anew, in cheaper words.
--
-- What the application says of a request, for one transaction and in settings of their own: `tongban.owners` (accounts
-- and enterprises), `tongban.keys` (keyed hashes of their identities), `tongban.places` (region/department in which one
-- decides), `tongban.over` (regions one supervises), `tongban.reach`. The last is empty, or `officials` or `anybody` for a
-- statement whose file says that it needs more than the asker's own persons and accounts (`-- wall: …`), or `system` for
-- what the platform reads for itself. Without any of it nothing is shown. Owners of the tables do not meet the wall.

CREATE FUNCTION wall_owners() RETURNS uuid[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('tongban.owners', true), '')::uuid[]
$$;
CREATE FUNCTION wall_keys() RETURNS bytea[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('tongban.keys', true), '')::bytea[]
$$;
CREATE FUNCTION wall_places() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('tongban.places', true), '')::text[]
$$;
CREATE FUNCTION wall_over() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('tongban.over', true), '')::text[]
$$;
CREATE FUNCTION wall_reach() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('tongban.reach', true) $$;

-- The matter that was found open last: a statement that reads ten rows of one matter asks once. Whoever says anew who
-- asks empties it.
CREATE FUNCTION wall_opened() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('tongban.opened', true) $$;

-- Says who asks, for the transaction.
CREATE FUNCTION wall_says(owners text, keys text, places text, over text, reach text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('tongban.owners', owners, true), set_config('tongban.keys', keys, true),
            set_config('tongban.places', places, true), set_config('tongban.over', over, true),
            set_config('tongban.reach', reach, true), set_config('tongban.opened', '', true);
END $$;

-- Says who asks from a session's digest: for the statement that finds out who it is and reads for them at once.
CREATE FUNCTION wall_says_session(asked bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    own uuid;
    who uuid;
    held bytea;
    open_to uuid[];
BEGIN
    SELECT a.id, a.person, p.id_key INTO own, who, held
      FROM sessions s JOIN accounts a ON a.id = s.account JOIN persons p ON p.id = a.person
     WHERE s.digest = asked AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()
       AND a.disabled_at IS NULL;
    IF own IS NULL THEN
        PERFORM wall_says('', '', '', '', '');
        RETURN;
    END IF;
    open_to := ARRAY[own];
    -- Most people act for nobody: to look whether somebody does costs less than the views that tell for whom.
    IF EXISTS (SELECT 1 FROM mandates WHERE person = who) THEN
        open_to := open_to || ARRAY(SELECT enterprise FROM mandates WHERE person = who AND since <= platform_now()
                                       AND (until IS NULL OR until > platform_now()));
    END IF;
    IF EXISTS (SELECT 1 FROM appointments WHERE person = who AND accepted AND ended_at IS NULL)
        OR EXISTS (SELECT 1 FROM guardianships WHERE guardian = who AND ended_at IS NULL) THEN
        open_to := open_to || ARRAY(SELECT account FROM represented_now WHERE by_person = who);
    END IF;
    IF EXISTS (SELECT 1 FROM assistances WHERE clerk = own) THEN
        open_to := open_to || ARRAY(SELECT account FROM assisting_now WHERE clerk = own);
    END IF;
    PERFORM wall_says(open_to::text, ARRAY[held]::text, '', '', '');
END $$;

-- Whether a draft or case is open to whom the settings describe: what belongs to it asks here, because a policy inside a
-- policy makes plans that cost more than they find.
CREATE OR REPLACE FUNCTION wall_opens(place text, matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    whose uuid;
    over text[] := wall_over();
BEGIN
    SELECT coalesce(enterprise, account) INTO whose FROM drafts WHERE region = place AND id = matter;
    IF whose IS NULL THEN
        SELECT coalesce(enterprise, account) INTO whose FROM cases WHERE region = place AND id = matter;
    END IF;
    IF whose = ANY (wall_owners())
        OR EXISTS (SELECT 1 FROM tasks t WHERE t.region = place AND t.case_id = matter
                      AND t.region || '/' || t.department = ANY (wall_places()))
        OR ARRAY[place, left(place, 4) || '00', left(place, 2) || '0000'] && over
           AND EXISTS (SELECT 1 FROM cases c WHERE c.region = place AND c.id = matter) THEN
        PERFORM set_config('tongban.opened', place || matter, true);
        RETURN true;
    END IF;
    RETURN false;
END $$;

-- Whether a case is nobody's: a ticket, or a request for data.
CREATE FUNCTION wall_nobodys(place text, matter uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM cases WHERE region = place AND id = matter AND account IS NULL);
END $$;

-- The persons of the accounts that the settings name.
CREATE FUNCTION wall_persons() RETURNS uuid[] LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    RETURN ARRAY(SELECT person FROM accounts WHERE id = ANY (wall_owners()));
END $$;

-- Whether an account has, or had, a post, or is on the staff: the directory's own.
CREATE INDEX staff_accounts ON staff (account);
CREATE FUNCTION wall_serves(whose uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM staff WHERE account = whose) OR EXISTS (SELECT 1 FROM posts WHERE account = whose);
END $$;
CREATE FUNCTION wall_in_office(whose uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    RETURN EXISTS (SELECT 1 FROM accounts WHERE person = whose AND wall_serves(id));
END $$;

-- Who takes part in which case, as the cases' own policy asks: a view reads as its owner, so tasks are not asked theirs.
CREATE VIEW wall_parts AS SELECT region, case_id, department FROM tasks;

DO $$
DECLARE
    platform text := 'wall_reach() = ''system''';
    own text := '%I = ANY ((SELECT wall_owners())::uuid[])';
    keyed text := '%I = ANY ((SELECT wall_keys())::bytea[])';
    here text := 'region || ''/'' || %I = ANY ((SELECT wall_places())::text[])';
    owned text := 'coalesce(enterprise, account) = ANY ((SELECT wall_owners())::uuid[])';
    opened text := 'wall_opened() = region || %1$I::text OR wall_opens(region, %1$I)';
    over text := 'ARRAY[region::text, left(region, 4) || ''00'', left(region, 2) || ''0000'']'
              || ' && (SELECT wall_over())::text[]';
    part text := 'EXISTS (SELECT 1 FROM wall_parts t WHERE t.region = cases.region AND t.case_id = cases.id'
              || ' AND t.region || ''/'' || t.department = ANY ((SELECT wall_places())::text[]))';
    ticket text := 'EXISTS (SELECT 1 FROM tickets t WHERE t.region = %1$I.region AND t.id = %1$I.ticket'
                || ' AND ARRAY[t.region || ''/'' || t.department, t.region || ''/'' || %2$s]'
                || ' && (SELECT wall_places())::text[])';
    nobodys text := 'wall_nobodys(region, case_id)';
    one record;
BEGIN
    FOR one IN SELECT * FROM (VALUES
        ('drafts', owned),
        -- A case of nobody (a ticket, a request for data) holds nothing of a person: a constraint says so.
        ('cases', concat_ws(' OR ', 'account IS NULL', owned, part, over)),
        ('tasks', concat_ws(' OR ', format(here, 'department'), over, format(opened, 'case_id'),
            nobodys)),
        ('case_events', concat_ws(' OR ', format(opened, 'case_id'), nobodys)),
        ('case_evidence', format(opened, 'case_id')),
        ('case_questions', format(opened, 'case_id')),
        ('case_pledges', format(opened, 'case_id')),
        ('case_files', format(opened, 'case_id')),
        ('notices', format(opened, 'case_id')),
        ('consents', concat_ws(' OR ', format(own, 'owner'), format(opened, 'case_id'))),
        ('consent_requests', format(keyed, 'asked_key')),
        ('notice_readings', concat_ws(' OR ', format(own, 'account'), format(opened, 'case_id'))),
        ('look_ups', concat_ws(' OR ', format(own, 'person_account'), format(keyed, 'person_key'),
            format(opened, 'case_id'))),
        ('licences', concat_ws(' OR ', format(keyed, 'holder_key'), format(here, 'issuer'), format(opened, 'source'))),
        ('licence_presentations', format(keyed, 'holder_key')),
        ('licence_changes', format(here, 'department')),
        ('messages', format(own, 'account')),
        ('objections', concat_ws(' OR ', format(own, 'account'), format(ticket, 'objections', 't.department'), over)),
        ('rights_requests', concat_ws(' OR ', format(own, 'account'), format(ticket, 'rights_requests', 't.verifier'),
            over)),
        ('rights_copies', format(own, 'account')),
        ('accounts', concat_ws(' OR ', format(own, 'id'), 'wall_reach() = ''anybody''',
            'wall_reach() = ''officials'' AND wall_serves(id)')),
        ('persons', concat_ws(' OR ', format(keyed, 'id_key'), 'wall_reach() = ''anybody''',
            'wall_reach() = ''officials'' AND wall_in_office(id)', 'id = ANY ((SELECT wall_persons())::uuid[])'))
    ) AS walled (tablename, shown) LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', one.tablename);
        EXECUTE format('DROP POLICY IF EXISTS walled ON %I', one.tablename);
        -- One policy for all commands, so that a change is not asked the same thing twice.
        EXECUTE format('CREATE POLICY walled ON %I USING (%s OR %s) WITH CHECK (true)', one.tablename, platform,
                       one.shown);
    END LOOP;
END $$;
DROP FUNCTION wall_session_owns(uuid);
DROP FUNCTION wall_opens_course(text, uuid);
DROP FUNCTION wall(text);

-- Who acts, and for whom a clerk acts at the window: read as whoever asks.
ALTER VIEW actors_now SET (security_invoker = true);
ALTER VIEW assisting_now SET (security_invoker = true);

-- Procedures that multiply one case and one draft: whatever columns a table has, a copy differs only in those named.
-- Loaded by content.py into a database that is measured.

CREATE OR REPLACE FUNCTION bench_id(kind int, number bigint, part int DEFAULT 0) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('0190a000-0000-7' || lpad(to_hex(part), 3, '0') || '-80' || lpad(to_hex(kind), 2, '0')
            || '-' || lpad(to_hex(number), 12, '0'))::uuid
$$;

-- Past cases: copies of one, closed long ago, but for the last ones, whose police task waits.
CREATE OR REPLACE PROCEDURE bench_past(template uuid, waiting int) LANGUAGE plpgsql AS $$
DECLARE total int := (SELECT count(*) FROM bench_dossiers);
BEGIN
    CREATE TEMP TABLE past ON COMMIT DROP AS
        SELECT number, bench_id(16, number) AS id, dossier, number < total - waiting AS finished,
               statement_timestamp() - interval '400 days' + number * interval '300 days' / total AS at
          FROM bench_dossiers;

    INSERT INTO cases
    SELECT made.* FROM past p, cases c, jsonb_populate_record(c, jsonb_build_object(
        'id', p.id, 'number', 'BENCH' || p.number, 'account', bench_id(96, p.number), 'dossier', p.dossier::text,
        'state', CASE WHEN finished THEN 'closed' ELSE 'accepted' END, 'outcome', CASE WHEN finished THEN 'granted' END,
        'finish_code', CASE WHEN finished THEN '0' END, 'submitted_at', p.at, 'accepted_at', p.at + interval '1 day',
        'closed_at', CASE WHEN finished THEN p.at + interval '4 days' END, 'due_on', (p.at + interval '7 days')::date)) made
     WHERE c.id = template;

    INSERT INTO drafts
    SELECT made.* FROM past p, drafts d, jsonb_populate_record(d, jsonb_build_object(
        'id', p.id, 'account', bench_id(96, p.number), 'opened_at', p.at, 'updated_at', p.at, 'submitted_at', p.at)) made
     WHERE d.id = template;

    INSERT INTO tasks
    SELECT made.* FROM past p, tasks t, jsonb_populate_record(t, jsonb_build_object('case_id', p.id,
        'started_at', p.at + interval '1 day', 'due_on', (p.at + interval '3 days')::date) ||
        CASE WHEN NOT finished AND t.task = 'household_registration' THEN jsonb_build_object('state', 'ready')
             ELSE jsonb_build_object('state', 'done', 'decided_at', p.at + interval '2 days', 'decision', 'approved') END) made
     WHERE t.case_id = template;

    INSERT INTO case_events
    SELECT made.* FROM past p, case_events e, generate_series(0, 3) n, jsonb_populate_record(e, jsonb_build_object(
        'case_id', p.id, 'id', bench_id(17, p.number, n), 'at', p.at + n * interval '1 day')) made
     WHERE e.case_id = template AND e.kind = 'case.submitted';

    INSERT INTO ledger_entries
    SELECT made.* FROM past p, ledger_entries l, generate_series(0, 3) n, jsonb_populate_record(l, jsonb_build_object(
        'id', bench_id(17, p.number, n), 'at', p.at + n * interval '1 day', 'subject', p.id,
        'leaf_index', p.number * 4 + n)) made
     WHERE l.subject = template AND l.kind = 'case.submitted';

    INSERT INTO ledger_promises (region, entry_id, include_by)
    SELECT '330103', bench_id(17, p.number, n), p.at FROM past p, generate_series(0, 3) n;
END $$;

-- Applicants with a token and a draft that only waits to be submitted; the first have values sealed for themselves.
CREATE OR REPLACE PROCEDURE bench_applicants(template uuid, ready int, copies int) LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMP TABLE wanted ON COMMIT DROP AS
        SELECT n AS number, CASE WHEN n < ready THEN n ELSE 0 END AS source FROM generate_series(0, ready + copies - 1) n;
    CREATE INDEX ON bench_sealed (number, kind, part);
    ANALYZE bench_sealed;

    INSERT INTO persons (id, id_key, name, sealed)
    SELECT bench_id(48, w.number), sha256(convert_to('bench-person-' || w.number, 'UTF8')), '王芳', s.sealed
      FROM wanted w JOIN bench_sealed s ON s.number = w.source AND s.kind = 'person';
    INSERT INTO accounts (id, login, person, password_hash)
    SELECT bench_id(32, number), 'bench-' || number, bench_id(48, number), 'none' FROM wanted;
    INSERT INTO sessions (digest, account, kind, agent, expires_at)
    SELECT sha256(convert_to('bench-token-' || number, 'UTF8')), bench_id(32, number), 'token', 'bench',
           statement_timestamp() + interval '1 day' FROM wanted;

    INSERT INTO drafts
    SELECT made.* FROM wanted w JOIN bench_sealed s ON s.number = w.source AND s.kind = 'draft', drafts d,
        jsonb_populate_record(d, jsonb_build_object('id', bench_id(64, w.number), 'account', bench_id(32, w.number),
                                                    'form', s.sealed::text)) made
     WHERE d.id = template;

    CREATE TEMP TABLE asked ON COMMIT DROP AS
        SELECT id, row_number() OVER (ORDER BY id)::int - 1 AS part FROM look_ups WHERE case_id = template;
    INSERT INTO look_ups
    SELECT made.* FROM wanted w CROSS JOIN look_ups u JOIN asked a ON a.id = u.id
      JOIN bench_sealed s ON s.number = w.source AND s.kind = 'look_up' AND s.part = a.part,
        jsonb_populate_record(u, jsonb_build_object('id', bench_id(80, w.number, a.part),
                                                    'case_id', bench_id(64, w.number), 'sealed', s.sealed::text)) made
     WHERE u.case_id = template;
    INSERT INTO case_evidence
    SELECT made.* FROM wanted w CROSS JOIN case_evidence e JOIN asked a ON a.id = e.look_up,
        jsonb_populate_record(e, jsonb_build_object('case_id', bench_id(64, w.number),
                                                    'look_up', bench_id(80, w.number, a.part))) made
     WHERE e.case_id = template;
END $$;

-- Procedures that multiply one case and one draft. Loaded by content.py into a database that is measured.

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

    INSERT INTO cases (region, id, number, account, person_key, applicant_name, pack, version, journey, state, outcome,
                       finish_code, dossier, departments, submitted_at, accepted_at, closed_at, due_on)
    SELECT c.region, p.id, 'BENCH' || p.number, bench_id(96, p.number), c.person_key, c.applicant_name, c.pack,
           c.version, c.journey, CASE WHEN finished THEN 'closed' ELSE 'accepted' END,
           CASE WHEN finished THEN 'granted' END, CASE WHEN finished THEN '0' END, p.dossier, c.departments, p.at,
           p.at + interval '1 day', CASE WHEN finished THEN p.at + interval '4 days' END, (p.at + interval '7 days')::date
      FROM past p, cases c WHERE c.id = template;

    INSERT INTO drafts (region, id, account, pack, version, journey, form, revision, noticed_at, opened_at, updated_at,
                        submitted_at)
    SELECT d.region, p.id, bench_id(96, p.number), d.pack, d.version, d.journey, d.form, d.revision, p.at, p.at, p.at,
           p.at
      FROM past p, drafts d WHERE d.id = template;

    INSERT INTO tasks (region, case_id, task, kind, department, state, started_at, due_on, decided_at, decision)
    SELECT t.region, p.id, t.task, t.kind, t.department,
           CASE WHEN NOT finished AND t.task = 'household_registration' THEN 'ready' ELSE 'done' END,
           p.at + interval '1 day', (p.at + interval '3 days')::date,
           CASE WHEN finished OR t.task <> 'household_registration' THEN p.at + interval '2 days' END,
           CASE WHEN finished OR t.task <> 'household_registration' THEN 'approved' END
      FROM past p, tasks t WHERE t.case_id = template;

    INSERT INTO case_events (region, case_id, id, at, kind, actor, basis)
    SELECT e.region, p.id, bench_id(17, p.number, n), p.at + n * interval '1 day', e.kind, e.actor, e.basis
      FROM past p, case_events e, generate_series(0, 3) n WHERE e.case_id = template AND e.kind = 'case.submitted';

    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, leaf_index)
    SELECT l.region, bench_id(17, p.number, n), p.at + n * interval '1 day', l.kind, p.id, l.data, l.salt, l.digest,
           l.person_key, p.number * 4 + n
      FROM past p, ledger_entries l, generate_series(0, 3) n WHERE l.subject = template AND l.kind = 'case.submitted';

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

    INSERT INTO drafts (region, id, account, pack, version, journey, form, revision, noticed_at, consents, opened_at,
                        updated_at)
    SELECT d.region, bench_id(64, w.number), bench_id(32, w.number), d.pack, d.version, d.journey, s.sealed,
           d.revision, d.noticed_at, d.consents, d.opened_at, d.updated_at
      FROM wanted w JOIN bench_sealed s ON s.number = w.source AND s.kind = 'draft', drafts d WHERE d.id = template;

    CREATE TEMP TABLE asked ON COMMIT DROP AS
        SELECT *, row_number() OVER (ORDER BY id)::int - 1 AS part FROM look_ups WHERE case_id = template;
    INSERT INTO look_ups (region, id, case_id, material, person_key, person_account, consumer, provider, source, purpose,
                          basis, legal, fields, outcome, reason, digest, asked_at, answered_ms, fresh_until, sealed)
    SELECT a.region, bench_id(80, w.number, a.part), bench_id(64, w.number), a.material, a.person_key, a.person_account,
           a.consumer, a.provider, a.source, a.purpose, a.basis, a.legal, a.fields, a.outcome, a.reason, a.digest,
           a.asked_at, a.answered_ms, a.fresh_until, s.sealed
      FROM wanted w CROSS JOIN asked a
      JOIN bench_sealed s ON s.number = w.source AND s.kind = 'look_up' AND s.part = a.part;
    INSERT INTO case_evidence (region, case_id, material, source, asked, found, outcome, provider, basis, look_up, at,
                               fresh_until)
    SELECT e.region, bench_id(64, w.number), e.material, e.source, e.asked, e.found, e.outcome, e.provider, e.basis,
           bench_id(80, w.number, a.part), e.at, e.fresh_until
      FROM wanted w, case_evidence e JOIN asked a ON a.id = e.look_up WHERE e.case_id = template;
END $$;

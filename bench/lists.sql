-- More past cases, copied from one that stands: three tasks, one event and one ledger entry each, half of them of the
-- handler's department, a few hundred of one applicant. Loaded by lists.py.

CREATE OR REPLACE PROCEDURE bench_grow(first int, many int) LANGUAGE plpgsql AS $$
DECLARE template uuid := (SELECT c.id FROM cases c WHERE c.number LIKE 'BENCH%' AND c.state = 'closed' LIMIT 1);
        applicant uuid := (SELECT id FROM accounts WHERE login = 'wangfang');
BEGIN
    CREATE TEMP TABLE past ON COMMIT DROP AS
        SELECT n AS number, bench_id(128, n) AS id,
               statement_timestamp() - interval '1000 days' + (n % 1000000) * interval '80 seconds' AS at
          FROM generate_series(first, first + many - 1) n;

    INSERT INTO cases
    SELECT made.* FROM past p, cases c, jsonb_populate_record(c, jsonb_build_object(
        'id', p.id, 'number', 'PAST' || p.number,
        'account', CASE WHEN p.number % 2000 = 0 THEN applicant ELSE bench_id(97, p.number) END,
        'submitted_at', p.at, 'accepted_at', p.at + interval '1 day', 'closed_at', p.at + interval '4 days',
        'due_on', (p.at + interval '7 days')::date)) made
     WHERE c.id = template;

    INSERT INTO tasks
    SELECT made.* FROM past p, tasks t, jsonb_populate_record(t, jsonb_build_object('case_id', p.id,
        'started_at', p.at + interval '1 day', 'due_on', (p.at + interval '3 days')::date, 'state', 'done',
        'decided_at', p.at + interval '2 days', 'decision', 'approved')) made
     WHERE t.case_id = template AND t.task IN ('intake', 'birth_certificate', 'household_registration');

    INSERT INTO case_events
    SELECT made.* FROM past p, case_events e, jsonb_populate_record(e, jsonb_build_object(
        'case_id', p.id, 'id', bench_id(129, p.number), 'at', p.at)) made
     WHERE e.case_id = template AND e.kind = 'case.submitted' AND e.id = (
        SELECT min(x.id::text)::uuid FROM case_events x WHERE x.case_id = template);
END $$;

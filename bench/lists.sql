-- More past cases, copied from one that stands: three tasks and one event each, all of the handler's department or of
-- its neighbours as in the case copied, a few hundred of one applicant. Loaded by lists.py.

-- Insert a copy of each row of ``source`` (an alias in ``rows``) with some columns set anew, whatever columns there are.
CREATE OR REPLACE PROCEDURE bench_copy(target regclass, source text, anew jsonb, rows text) LANGUAGE plpgsql AS $$
DECLARE names text; made text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
           string_agg(coalesce(anew ->> attname, source || '.' || quote_ident(attname)), ', ' ORDER BY attnum)
      INTO names, made FROM pg_attribute
     WHERE attrelid = target AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    EXECUTE format('INSERT INTO %s (%s) SELECT %s FROM %s', target, names, made, rows);
END $$;

CREATE OR REPLACE PROCEDURE bench_grow(first int, many int) LANGUAGE plpgsql AS $$
DECLARE template uuid := (SELECT c.id FROM cases c WHERE c.number LIKE 'BENCH%' AND c.state = 'closed' LIMIT 1);
        applicant uuid := (SELECT id FROM accounts WHERE login = 'wangfang');
BEGIN
    CREATE TEMP TABLE past ON COMMIT DROP AS
        SELECT n AS number, bench_id(128, n) AS id, bench_id(129, n) AS event, template AS case_id, applicant,
               statement_timestamp() - interval '1000 days' + (n % 1000000) * interval '80 seconds' AS at
          FROM generate_series(first, first + many - 1) n;

    CALL bench_copy('cases', 'c', jsonb_build_object(
        'id', 'p.id', 'number', $s$'PAST' || p.number$s$,
        'account', 'CASE WHEN p.number % 2000 = 0 THEN p.applicant ELSE bench_id(97, p.number) END',
        'submitted_at', 'p.at', 'accepted_at', $s$p.at + interval '1 day'$s$,
        'closed_at', $s$p.at + interval '4 days'$s$, 'due_on', $s$(p.at + interval '7 days')::date$s$),
        'past p JOIN cases c ON c.id = p.case_id');

    CALL bench_copy('tasks', 't', jsonb_build_object('case_id', 'p.id',
        'started_at', $s$p.at + interval '1 day'$s$, 'due_on', $s$(p.at + interval '3 days')::date$s$,
        'state', $s$'done'$s$, 'decided_at', $s$p.at + interval '2 days'$s$, 'decision', $s$'approved'$s$),
        $s$past p JOIN tasks t ON t.case_id = p.case_id
           AND t.task IN ('intake', 'birth_certificate', 'household_registration')$s$);

    CALL bench_copy('case_events', 'e', jsonb_build_object('case_id', 'p.id', 'id', 'p.event', 'at', 'p.at'),
        $s$past p JOIN LATERAL (SELECT * FROM case_events x WHERE x.case_id = p.case_id AND x.kind = 'case.submitted'
                                 ORDER BY x.id LIMIT 1) e ON true$s$);
END $$;

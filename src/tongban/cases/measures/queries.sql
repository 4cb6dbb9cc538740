-- name: opened!
-- A department opened a task that was ready; only the first time counts.
INSERT INTO task_openings (region, case_id, task, ready_at, at)
VALUES (:region, :case_id, :task, :ready_at, platform_now()) ON CONFLICT DO NOTHING;

-- name: put_due!
-- A case that has ended is to be measured; told twice it stands once.
INSERT INTO measures_due (region, case_id) VALUES (:region, :case_id) ON CONFLICT DO NOTHING;

-- name: due_cases
-- Cases to be measured, oldest first, locked; others who measure skip them.
SELECT region, case_id, platform_now() AS now FROM measures_due
 WHERE attempts < 12 AND due_at <= statement_timestamp()
 ORDER BY due_at, case_id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: not_measured!
-- What failed is tried again later, each time after twice as long; after twelve times it waits for a person.
UPDATE measures_due SET attempts = attempts + 1, error = :error,
       due_at = statement_timestamp() + interval '1 second' * power(2, attempts)
 WHERE region = :region AND case_id = :case_id;

-- name: measure_again!
-- Try again what failed twelve times, after its cause was mended.
UPDATE measures_due SET attempts = 0, due_at = statement_timestamp() WHERE attempts >= 12;

-- name: no_longer_due!
-- What was measured is no longer due.
DELETE FROM measures_due USING unnest(:regions::text[], :cases::uuid[]) AS u(region, case_id)
 WHERE measures_due.region = u.region AND measures_due.case_id = u.case_id;

-- name: ended_case^
-- Everything that one ended case is measured from; no row for a case that runs.
SELECT c.region, c.id, c.pack, c.version, c.journey, c.state, c.outcome, c.dossier, c.submitted_at, c.accepted_at,
       c.closed_at,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decision', t.decision))
          FROM tasks t WHERE t.region = :region AND t.case_id = :case_id) AS tasks,
       (SELECT json_agg(json_build_object('kind', e.kind, 'at', e.at, 'task', e.task, 'actor', e.actor,
               'basis', e.basis, 'detail', e.detail) ORDER BY e.at, e.id)
          FROM case_events e WHERE e.region = :region AND e.case_id = :case_id) AS events,
       (SELECT coalesce(json_agg(json_build_object('id', f.id, 'material', f.material, 'name', f.name,
               'media_type', f.media_type, 'size', f.size, 'uploaded_at', f.uploaded_at) ORDER BY f.id), '[]')
          FROM case_files f WHERE f.region = :region AND f.case_id = :case_id AND f.removed_at IS NULL) AS files,
       (SELECT coalesce(json_agg(json_build_object('task', o.task, 'at', o.at) ORDER BY o.at), '[]')
          FROM task_openings o WHERE o.region = :region AND o.case_id = :case_id) AS openings
  FROM cases c WHERE c.region = :region AND c.id = :case_id AND c.closed_at IS NOT NULL AND c.dossier IS NOT NULL;

-- name: put_measured^
-- That a case was measured, once for ever; no row when it was before.
INSERT INTO case_measures (region, case_id, journey, month, figures)
VALUES (:region, :case_id, :journey, :month, :figures) ON CONFLICT DO NOTHING RETURNING case_id;

-- name: put_paths!
-- The steps behind the digests of paths.
INSERT INTO measure_paths (digest, steps)
SELECT * FROM unnest(:digests::text[], :steps::jsonb[]) ON CONFLICT DO NOTHING;

-- name: add_counts!
-- Add cases to the monthly counts. The rows come sorted, so that two who add never wait for each other in a ring.
INSERT INTO measure_counts (region, journey, month, kind, subject, measure, value, cases)
SELECT * FROM unnest(:regions::text[], :journeys::text[], :months::date[], :kinds::text[], :subjects::text[],
                     :measures::text[], :values::integer[], :cases::bigint[])
    ON CONFLICT (region, journey, month, kind, subject, measure, value)
    DO UPDATE SET cases = measure_counts.cases + excluded.cases;

-- name: spreads
-- Of some kinds of measures over some months: how many cases, their sum, median and quartiles, all of them values
-- that were observed (as percentile_disc defines them).
WITH g AS (
  SELECT kind, subject, measure, value, sum(cases) AS n FROM measure_counts
   WHERE region = :region AND journey = :journey AND month BETWEEN :first AND :last AND kind = ANY(:kinds)
   GROUP BY kind, subject, measure, value),
r AS (
  SELECT kind, subject, measure, value, n,
         sum(n) OVER (PARTITION BY kind, subject, measure ORDER BY value) AS upto,
         sum(n) OVER (PARTITION BY kind, subject, measure) AS total
    FROM g)
SELECT kind, subject, measure, max(total)::bigint AS cases, sum(value * n)::bigint AS added,
       min(value) FILTER (WHERE upto * 2 >= total) AS median,
       min(value) FILTER (WHERE upto * 4 >= total) AS low,
       min(value) FILTER (WHERE upto * 4 >= total * 3) AS high
  FROM r GROUP BY kind, subject, measure ORDER BY kind, subject, measure;

-- name: paths
-- The ways that cases took in some months, the commonest first, with how many took any way at all.
SELECT p.steps, c.cases, c.total FROM (
  SELECT subject, sum(cases)::bigint AS cases, (sum(sum(cases)) OVER ())::bigint AS total FROM measure_counts
   WHERE region = :region AND journey = :journey AND month BETWEEN :first AND :last AND kind = 'path'
   GROUP BY subject ORDER BY sum(cases) DESC, subject LIMIT :most) c
  JOIN measure_paths p ON p.digest = c.subject ORDER BY c.cases DESC, c.subject;

-- name: rules
-- Every rule.
SELECT kind, years, action, basis, on_request FROM retention_rules ORDER BY kind;

-- name: put_rule!
-- Another time, action or basis for a kind, and whether it goes earlier when the person asks.
UPDATE retention_rules SET years = :years, action = :action, basis = :basis, on_request = :on_request
 WHERE kind = :kind;

-- name: due_case
-- Cases that ended longer ago than the rule says. A ticket about a case, and an entry of the ledger that must still be
-- kept, hold it back.
SELECT c.region, c.id FROM cases c
 WHERE c.closed_at < platform_now() - make_interval(years => :years) AND c.account IS NOT NULL
   AND NOT EXISTS (SELECT FROM tickets t WHERE t.region = c.region AND t.case_id = c.id)
   AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.region = c.region AND e.subject = c.id AND e.erased_at IS NULL
                      AND NOT starts_with(e.kind, 'resource.') AND e.retain_until >= (platform_now() AT TIME ZONE 'Asia/Shanghai')::date)
 ORDER BY c.closed_at LIMIT :most FOR UPDATE OF c SKIP LOCKED;

-- name: held_case$
-- Cases that ended longer ago, whatever holds them back.
SELECT count(*) FROM cases c
 WHERE c.closed_at < platform_now() - make_interval(years => :years) AND c.account IS NOT NULL;

-- name: due_look_up_values
-- Values that were looked up for cases that ended longer ago.
SELECT u.region, u.id FROM cases c JOIN look_ups u ON u.region = c.region AND u.case_id = c.id
 WHERE c.closed_at < platform_now() - make_interval(years => :years) AND u.case_id <> u.id AND u.sealed IS NOT NULL
 ORDER BY c.closed_at LIMIT :most FOR UPDATE OF u SKIP LOCKED;

-- name: held_look_up_values$
-- As many values.
SELECT count(*) FROM cases c JOIN look_ups u ON u.region = c.region AND u.case_id = c.id
 WHERE c.closed_at < platform_now() - make_interval(years => :years) AND u.case_id <> u.id AND u.sealed IS NOT NULL;

-- name: due_use
-- Uses that are older, but those of a case that has not ended, and those whose entry must still be kept.
SELECT u.region, u.id FROM look_ups u
 WHERE u.asked_at < platform_now() - make_interval(years => :years)
   AND NOT EXISTS (SELECT FROM cases c WHERE c.region = u.region AND c.id = u.case_id AND c.closed_at IS NULL)
   AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.region = u.region AND e.subject = u.case_id
                      AND e.erased_at IS NULL AND e.kind = 'resource.looked_up' AND e.data ->> 'look_up' = u.id::text
                      AND e.retain_until >= (platform_now() AT TIME ZONE 'Asia/Shanghai')::date)
 ORDER BY u.asked_at LIMIT :most FOR UPDATE OF u SKIP LOCKED;

-- name: held_use$
-- Uses that are older, whatever holds them back.
SELECT count(*) FROM look_ups u WHERE u.asked_at < platform_now() - make_interval(years => :years);

-- name: due_message
-- Messages that are older.
SELECT region, id FROM messages WHERE at < platform_now() - make_interval(years => :years)
 ORDER BY at LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: held_message$
-- As many messages.
SELECT count(*) FROM messages WHERE at < platform_now() - make_interval(years => :years);

-- name: destroy_cases!
-- Everything that was kept about some cases of a region, in one statement; figures without persons stay.
WITH gone AS (SELECT unnest(:things::uuid[]) AS id),
a AS (DELETE FROM case_events USING gone WHERE region = :region AND case_id = gone.id),
b AS (DELETE FROM case_evidence USING gone WHERE region = :region AND case_id = gone.id),
c AS (DELETE FROM case_files USING gone WHERE region = :region AND case_id = gone.id),
d AS (DELETE FROM case_questions q USING gone WHERE q.region = :region AND q.case_id = gone.id),
e AS (DELETE FROM case_pledges USING gone WHERE region = :region AND case_id = gone.id),
f AS (DELETE FROM case_verifications v USING gone WHERE v.region = :region AND v.case_id = gone.id),
g AS (DELETE FROM case_links USING gone WHERE region = :region AND case_id = gone.id),
h AS (DELETE FROM case_urgings u USING gone WHERE u.region = :region AND u.case_id = gone.id),
i AS (DELETE FROM notices n USING gone WHERE n.region = :region AND n.case_id = gone.id),
j AS (DELETE FROM watch_looks USING gone WHERE region = :region AND case_id = gone.id),
k AS (DELETE FROM task_openings USING gone WHERE region = :region AND case_id = gone.id),
l AS (DELETE FROM notice_readings r USING gone WHERE r.region = :region AND r.case_id = gone.id),
l2 AS (DELETE FROM consent_requests v USING gone WHERE v.region = :region AND v.case_id = gone.id),
m AS (DELETE FROM consents s USING gone WHERE s.region = :region AND s.case_id = gone.id),
n AS (DELETE FROM messages USING gone WHERE region = :region AND subject = gone.id),
o AS (DELETE FROM tasks USING gone WHERE region = :region AND case_id = gone.id),
p AS (DELETE FROM drafts x USING gone WHERE x.region = :region AND x.id = gone.id),
q AS (UPDATE look_ups y SET sealed = NULL, purged_at = platform_now() FROM gone
       WHERE y.region = :region AND y.case_id = gone.id AND y.sealed IS NOT NULL)
DELETE FROM cases z USING gone WHERE z.region = :region AND z.id = gone.id;

-- name: destroy_look_up_values!
-- The values go, the uses stay.
UPDATE look_ups SET sealed = NULL, purged_at = platform_now() WHERE region = :region AND id = ANY(:things::uuid[]);

-- name: destroy_uses!
-- Uses with the keyed hash of whom they were about.
DELETE FROM look_ups WHERE region = :region AND id = ANY(:things::uuid[]);

-- name: destroy_messages!
-- Messages.
DELETE FROM messages WHERE region = :region AND id = ANY(:things::uuid[]);

-- name: entries_of_cases
-- What the ledger still says about some cases; uses have a time of their own.
SELECT id FROM ledger_entries WHERE region = :region AND subject = ANY(:things::uuid[]) AND erased_at IS NULL
   AND kind <> 'ledger.erased' AND NOT starts_with(kind, 'resource.') ORDER BY at, id;

-- name: entries_of_uses
-- What the ledger still says about some uses.
SELECT e.id FROM look_ups u JOIN ledger_entries e ON e.region = u.region AND e.subject = u.case_id
   AND e.kind = 'resource.looked_up' AND e.data ->> 'look_up' = u.id::text AND e.erased_at IS NULL
 WHERE u.region = :region AND u.id = ANY(:things::uuid[]) ORDER BY e.at, e.id;

-- name: put_batch!
-- What was destroyed together.
INSERT INTO retention_batches (region, id, kind, at, years, basis, things)
VALUES (:region, :id, :kind, platform_now(), :years, :basis, :things);

-- name: newest
-- What was destroyed last.
SELECT region, id, kind, at, years, basis, cardinality(things) AS count FROM retention_batches
 ORDER BY at DESC, id DESC LIMIT :most;

-- name: batches
-- Every batch with what the ledger says about it, oldest first, after a position.
SELECT b.region, b.id, b.kind, b.things, e.data FROM retention_batches b
  LEFT JOIN ledger_entries e ON e.region = b.region AND e.id = b.id AND e.kind = 'retention.destroyed'
 WHERE b.id > :after ORDER BY b.id LIMIT 200;

-- name: orphans$
-- Entries of the ledger about a destruction of which no batch is kept.
SELECT count(*) FROM ledger_entries e WHERE e.kind = 'retention.destroyed'
   AND NOT EXISTS (SELECT FROM retention_batches b WHERE b.region = e.region AND b.id = e.id);

-- name: left_of$
-- How much is still there of what a batch says it destroyed.
SELECT CASE :kind::text
  WHEN 'case' THEN (SELECT count(*) FROM cases WHERE region = :region AND id = ANY(:things::uuid[]))
    + (SELECT count(*) FROM drafts WHERE region = :region AND id = ANY(:things::uuid[]))
    + (SELECT count(*) FROM case_files WHERE region = :region AND case_id = ANY(:things::uuid[]))
    + (SELECT count(*) FROM notices WHERE region = :region AND case_id = ANY(:things::uuid[]))
    + (SELECT count(*) FROM ledger_entries WHERE region = :region AND subject = ANY(:things::uuid[])
          AND erased_at IS NULL AND kind <> 'ledger.erased' AND NOT starts_with(kind, 'resource.'))
  WHEN 'look-up-values' THEN (SELECT count(*) FROM look_ups WHERE region = :region AND id = ANY(:things::uuid[])
          AND sealed IS NOT NULL)
  WHEN 'use' THEN (SELECT count(*) FROM look_ups WHERE region = :region AND id = ANY(:things::uuid[]))
  ELSE (SELECT count(*) FROM messages WHERE region = :region AND id = ANY(:things::uuid[])) END;

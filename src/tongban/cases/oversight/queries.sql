-- name: look_soon!
-- Something happened to a case: the watches look at it now.
INSERT INTO watch_looks (region, case_id, at) VALUES (:region, :case_id, platform_now())
ON CONFLICT (region, case_id) DO UPDATE SET at = least(watch_looks.at, excluded.at);

-- name: due_looks
-- A batch of cases to look at, locked; other workers skip them.
SELECT region, case_id, platform_now() AS now FROM watch_looks
 WHERE at <= platform_now() ORDER BY at, region, case_id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: set_looks!
-- When each of these is looked at next.
UPDATE watch_looks l SET at = u.at FROM unnest(:regions::text[], :ids::uuid[], :ats::timestamptz[]) AS u(region, id, at)
 WHERE l.region = u.region AND l.case_id = u.id;

-- name: drop_looks!
-- Past cases that can set off nothing any more.
DELETE FROM watch_looks l USING unnest(:regions::text[], :ids::uuid[]) AS u(region, id)
 WHERE l.region = u.region AND l.case_id = u.id;

-- name: watch_set^
-- Take the set of watches for this one, unless it is already; a second worker waits and then finds it so.
INSERT INTO watch_set (digest) VALUES (:digest)
ON CONFLICT (single) DO UPDATE SET digest = excluded.digest WHERE watch_set.digest <> excluded.digest
RETURNING digest;

-- name: look_at_all!
-- Another set of watches: every listed case is looked at again, by and by.
UPDATE watch_looks SET at = least(at, platform_now());

-- name: watched
-- Cases as the watches see them: clocks, tasks, dated events; nothing about persons. Tickets are not watched.
SELECT c.region, c.id, c.number, c.pack, c.version, c.journey, c.state, c.outcome, c.submitted_at, c.accepted_at,
       c.closed_at, c.due_on,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decision', t.decision, 'revision', t.revision))
          FROM tasks t WHERE t.region = c.region AND t.case_id = c.id) AS tasks,
       (SELECT coalesce(json_agg(json_build_object('kind', e.kind, 'at', e.at, 'task', e.task, 'actor', e.actor,
               'detail', e.detail) ORDER BY e.at, e.id), '[]')
          FROM case_events e WHERE e.region = c.region AND e.case_id = c.id) AS events,
       (SELECT coalesce(json_agg(json_build_object('task', g.task, 'due_on', g.due_on)), '[]')
          FROM case_urgings g WHERE g.region = c.region AND g.case_id = c.id AND g.answered_at IS NULL) AS urgings,
       (SELECT min(q.at) FROM case_questions q
         WHERE q.region = c.region AND q.case_id = c.id AND q.answer IS NULL) AS asked_at
  FROM unnest(:regions::text[], :ids::uuid[]) AS k(region, id)
  JOIN cases c ON c.region = k.region AND c.id = k.id
 WHERE c.account IS NOT NULL;

-- name: tickets_about
-- The tickets that some cases have, of whatever state.
SELECT t.region, t.id, t.case_id, t.watch, t.task, t.state, t.verdict
  FROM unnest(:regions::text[], :ids::uuid[]) AS k(region, id)
  JOIN tickets t ON t.region = k.region AND t.case_id = k.id;

-- name: open_ticket^
-- A find becomes a ticket, once: the ticket, the case that it is, two tasks, event, entry, promise, outbox.
WITH made AS (
  INSERT INTO tickets (region, id, watch, pack, version, case_id, task, department, verifier, severity, facts, state,
                       opened_at, about, about_of)
  VALUES (:region, :id, :watch, :pack, :version, :case_id, :task, :department, :verifier, :severity, :facts::jsonb,
          'open', :now, :about, :about_of)
  ON CONFLICT (region, case_id, watch, task) DO NOTHING RETURNING id),
c AS (
  INSERT INTO cases (region, id, number, applicant_name, pack, version, journey, state, submitted_at, accepted_at,
                     due_on)
  SELECT :region, id, :number, :title, :way_pack, :way_version, :way, 'accepted', :now, :now, :due_on FROM made),
t AS (
  INSERT INTO tasks (region, case_id, task, kind, department, state, started_at, due_on)
  SELECT :region, id, 'correct', 'step', :department, 'ready', :now, :correct_by::date FROM made
  UNION ALL
  SELECT :region, id, 'verify', 'step', :verifier, 'waiting', NULL, NULL FROM made),
v AS (
  INSERT INTO case_events (region, case_id, id, at, kind, actor, basis, detail)
  SELECT :region, id, :entry_id, :now, 'ticket.opened', 'platform', :basis, :detail::jsonb FROM made),
l AS (
  INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest)
  SELECT :region, :entry_id, :now, 'ticket.opened', id, :entry_data::jsonb, :entry_salt, :entry_digest FROM made),
p AS (
  INSERT INTO ledger_promises (region, entry_id, include_by) SELECT :region, :entry_id, :include_by FROM made),
o AS (
  INSERT INTO outbox (region, id, topic, payload)
  SELECT :region, :entry_id, 'ticket.opened', :payload::jsonb FROM made)
SELECT id FROM made;

-- name: lock_ticket^
-- One ticket with its case and tasks, locked: acts on one ticket happen one after the other.
SELECT t.region, t.id, c.number, t.watch, t.pack, t.version, t.case_id, t.task, t.department, t.verifier, t.severity,
       t.facts, t.state, t.verdict, t.reopened, t.opened_at, t.closed_at, t.about, t.about_of,
       c.due_on, c.applicant_name AS title,
       c.pack AS way_pack, c.version AS way_version, c.journey, platform_now() AS now
  FROM tickets t JOIN cases c ON c.region = t.region AND c.id = t.id
 WHERE t.region = :region AND t.id = :id FOR UPDATE OF c;

-- name: ticket_tasks
-- The two steps of a ticket.
SELECT task, kind, department, state, started_at, due_on, decided_at, decided_by, decision, reasons, revision
  FROM tasks WHERE region = :region AND case_id = :id;

-- name: put_ticket!
-- What an act made of a ticket: ticket, case and both tasks in one statement.
WITH k AS (
  UPDATE tickets SET state = :state, verdict = :verdict, reopened = :reopened, closed_at = :closed_at
   WHERE region = :region AND id = :id),
c AS (
  UPDATE cases SET state = CASE WHEN :state::text = 'closed' THEN 'closed' ELSE 'accepted' END, closed_at = :closed_at,
         due_on = :due_on, revision = revision + 1
   WHERE region = :region AND id = :id)
UPDATE tasks t SET state = u.state, started_at = u.started_at, due_on = u.due_on, decided_at = u.decided_at,
       decided_by = u.decided_by, decision = u.decision, reasons = u.reasons, revision = t.revision + 1
  FROM unnest(:tasks::text[], :states::text[], :started::timestamptz[], :due::date[], :decided::timestamptz[],
              :decided_by::uuid[], :decisions::text[], :reasons::text[])
       AS u(task, state, started_at, due_on, decided_at, decided_by, decision, reasons)
 WHERE t.region = :region AND t.case_id = :id AND t.task = u.task;

-- name: ticket^
-- One ticket for its page: the ticket, its tasks and events, and where the case that it is about stands.
SELECT t.region, t.id, c.number, t.watch, t.pack, t.version, t.case_id, t.task, t.department, t.verifier, t.severity,
       t.facts, t.state, t.verdict, t.reopened, t.opened_at, t.closed_at, t.about, t.about_of,
       c.due_on, c.applicant_name AS title,
       c.pack AS way_pack, c.version AS way_version, c.journey, platform_now() AS now,
       coalesce(w.number, array_to_string(t.about_of, ' · ')) AS about_number, w.pack AS about_pack, w.version AS about_version, w.journey AS about_journey,
       w.state AS about_state,
       (SELECT json_agg(json_build_object('task', s.task, 'kind', s.kind, 'department', s.department,
               'state', s.state, 'started_at', s.started_at, 'due_on', s.due_on, 'decided_at', s.decided_at,
               'decided_by', s.decided_by, 'decision', s.decision, 'reasons', s.reasons, 'revision', s.revision))
          FROM tasks s WHERE s.region = t.region AND s.case_id = t.id) AS tasks,
       (SELECT json_agg(json_build_object('id', e.id, 'at', e.at, 'kind', e.kind, 'task', e.task, 'actor', e.actor,
               'basis', e.basis, 'detail', e.detail) ORDER BY e.at, e.id)
          FROM case_events e WHERE e.region = t.region AND e.case_id = t.id) AS events,
       ARRAY(SELECT DISTINCT o.department FROM tasks o WHERE o.region = t.region AND o.case_id = t.case_id
               AND (o.kind = 'intake' OR o.state IN ('ready', 'done'))) AS about_departments
  FROM tickets t
  JOIN cases c ON c.region = t.region AND c.id = t.id
  LEFT JOIN cases w ON w.region = t.region AND w.id = t.case_id
 WHERE t.region = :region AND t.id = :id;

-- name: tickets_of
-- Tickets of some departments, or of the whole region for who watches over it; newest first, by keyset.
SELECT t.region, t.id, c.number, c.applicant_name AS title, t.department, t.severity, t.state, t.verdict, t.reopened,
       t.opened_at, t.closed_at, coalesce(w.number, array_to_string(t.about_of, ' · ')) AS about_number, s.task AS step, s.due_on
  FROM tickets t
  JOIN cases c ON c.region = t.region AND c.id = t.id
  LEFT JOIN cases w ON w.region = t.region AND w.id = t.case_id
  LEFT JOIN tasks s ON s.region = t.region AND s.case_id = t.id AND s.state = 'ready'
 WHERE t.region = :region
   AND (:everywhere::boolean OR t.department = ANY(:departments) OR (t.verifier = ANY(:departments) AND (t.state = 'answered' OR t.about <> 'case')))
   AND (:open::boolean IS NULL OR (t.state <> 'closed') = :open::boolean)
   AND (t.opened_at, t.id) < (coalesce(:before_at, 'infinity'::timestamptz),
       coalesce(:before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
 ORDER BY t.opened_at DESC, t.id DESC LIMIT :most;

-- name: numbered_ticket^
-- The ticket with a case number.
SELECT t.region, t.id, c.number, t.watch, t.pack, t.version, t.case_id, t.task, t.department, t.verifier, t.severity,
       t.facts, t.state, t.verdict, t.reopened, t.opened_at, t.closed_at, t.about, t.about_of, c.due_on
  FROM cases c JOIN tickets t ON t.region = c.region AND t.id = c.id
 WHERE c.region = :region AND c.number = :number;

-- name: put_urging^
-- A superior's demand, once for a task while it is unanswered.
INSERT INTO case_urgings (region, case_id, id, task, department, urged_by, account, at, text, due_on)
VALUES (:region, :case_id, :id, :task, :department, :urged_by, :account, :now, :text, :due_on)
ON CONFLICT (region, case_id, coalesce(task, ''), urged_by) WHERE answered_at IS NULL DO NOTHING RETURNING id;

-- name: urging^
-- One demand, locked.
SELECT id, task, department, urged_by, at, text, due_on, answer, answered_at FROM case_urgings
 WHERE region = :region AND case_id = :case_id AND id = :id FOR UPDATE;

-- name: answer_urging!
-- The department's answer, once.
UPDATE case_urgings SET answer = :text, answered_at = :now, answered_by = :account
 WHERE region = :region AND case_id = :case_id AND id = :id AND answered_at IS NULL;

-- name: urgings_of
-- Every demand about one case, newest first.
SELECT id, task, department, urged_by, at, text, due_on, answer, answered_at FROM case_urgings
 WHERE region = :region AND case_id = :case_id ORDER BY at DESC, id DESC;

-- name: urgings_open
-- Demands that some departments have to answer, nearest day first.
SELECT g.region, g.case_id, g.id, g.task, g.department, g.urged_by, g.at, g.text, g.due_on, c.number, c.pack, c.version,
       c.journey
  FROM case_urgings g JOIN cases c ON c.region = g.region AND c.id = g.case_id
 WHERE g.region = :region AND g.department = ANY(:departments) AND g.answered_at IS NULL
 ORDER BY g.due_on, g.id LIMIT :most;

-- name: clock_of^
-- Where a case and its tasks stand, without anything about persons: for a superior who urges.
SELECT c.region, c.id, c.number, c.pack, c.version, c.journey, c.state, c.submitted_at, c.accepted_at, c.closed_at,
       c.due_on, platform_now() AS now,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decision', t.decision, 'revision', t.revision))
          FROM tasks t WHERE t.region = c.region AND t.case_id = c.id) AS tasks
  FROM cases c WHERE c.region = :region AND c.id = :id AND c.account IS NOT NULL;

-- name: numbered_case$
-- The id of the case with a number; tickets are found elsewhere.
SELECT id FROM cases WHERE region = :region AND number = :number AND account IS NOT NULL;

-- name: overdue_tasks
-- What is overdue now in some departments, oldest first: clocks only.
SELECT t.region, t.case_id, t.task, t.department, t.due_on, c.number, c.pack, c.version, c.journey
  FROM tasks t JOIN cases c ON c.region = t.region AND c.id = t.case_id
 WHERE t.region = :region AND t.department = ANY(:departments) AND t.state = 'ready' AND t.due_on < :today
   AND c.account IS NOT NULL
 ORDER BY t.due_on, t.case_id, t.task LIMIT :most;

-- name: league_decided
-- Tasks that were decided, counted by department and by the days that matter: the calendar does the rest.
SELECT t.department, (t.decided_at AT TIME ZONE 'Asia/Shanghai')::date AS decided_on,
       (t.started_at AT TIME ZONE 'Asia/Shanghai')::date AS started_on, t.due_on, count(*) AS n
  FROM tasks t JOIN cases c ON c.region = t.region AND c.id = t.case_id
 WHERE t.region = :region AND t.department = ANY(:departments) AND t.state = 'done' AND t.decided_at >= :since
   AND t.decided_at < :until AND c.account IS NOT NULL
 GROUP BY 1, 2, 3, 4;

-- name: league_overdue
-- How much is overdue now, by department.
SELECT t.department, count(*) AS n FROM tasks t JOIN cases c ON c.region = t.region AND c.id = t.case_id
 WHERE t.region = :region AND t.department = ANY(:departments) AND t.state = 'ready' AND t.due_on < :today
   AND c.account IS NOT NULL
 GROUP BY 1;

-- name: league_tickets
-- Tickets by department and the day they were opened.
SELECT department, (opened_at AT TIME ZONE 'Asia/Shanghai')::date AS on_day, count(*) AS n FROM tickets
 WHERE region = :region AND department = ANY(:departments) AND opened_at >= :since AND opened_at < :until GROUP BY 1, 2;

-- name: league_reopened
-- Reopenings by department and day, from the tickets' own events.
SELECT t.department, (e.at AT TIME ZONE 'Asia/Shanghai')::date AS on_day, count(*) AS n
  FROM tickets t JOIN case_events e ON e.region = t.region AND e.case_id = t.id AND e.kind = 'ticket.reopened'
 WHERE t.region = :region AND t.department = ANY(:departments) AND t.reopened > 0 AND e.at >= :since AND e.at < :until
 GROUP BY 1, 2;

-- name: drafts_submitted_without_case
-- A draft that was closed by a submission of which no case came.
SELECT d.id FROM drafts d LEFT JOIN cases c USING (region, id) WHERE d.submitted_at IS NOT NULL AND c.id IS NULL;

-- name: cases_without_submitted_draft
-- A case whose draft still stands open.
SELECT c.id FROM cases c LEFT JOIN drafts d USING (region, id) WHERE d.submitted_at IS NULL;

-- name: cases_without_their_tasks
-- The journey has an intake and two steps; a case with more or fewer is half-made.
SELECT c.id, count(t.task) AS tasks FROM cases c LEFT JOIN tasks t ON (t.region, t.case_id) = (c.region, c.id)
 GROUP BY c.region, c.id HAVING count(t.task) <> 3;

-- name: cases_without_one_submission_event
-- Submitted once, not never and not twice.
SELECT c.id, count(e.id) AS events FROM cases c
  LEFT JOIN case_events e ON (e.region, e.case_id, e.kind) = (c.region, c.id, 'case.submitted')
 GROUP BY c.region, c.id HAVING count(e.id) <> 1;

-- name: events_without_entry
-- Every event is in the ledger under its own id, with a promise.
SELECT e.id, e.kind FROM case_events e
  LEFT JOIN ledger_entries l ON (l.region, l.id) = (e.region, e.id)
  LEFT JOIN ledger_promises p ON (p.region, p.entry_id) = (e.region, e.id)
 WHERE l.id IS NULL OR p.entry_id IS NULL;

-- name: entries_without_event
-- The ledger says nothing of cases that did not happen.
SELECT l.id, l.kind FROM ledger_entries l LEFT JOIN case_events e ON (e.region, e.id) = (l.region, l.id)
 WHERE (l.kind LIKE 'case.%%' OR l.kind LIKE 'task.%%') AND e.id IS NULL;

-- name: events_not_told
-- The applicant was told of every event.
SELECT e.id, e.kind FROM case_events e JOIN cases c ON (c.region, c.id) = (e.region, e.case_id)
  LEFT JOIN messages m ON (m.region, m.account, m.id) = (c.region, c.account, e.id) WHERE m.id IS NULL;

-- name: decisions_unlike_events
-- A step that is done has exactly one event that says so, any other has none; the intake likewise.
SELECT t.case_id, t.task, t.state, count(e.id) AS events FROM tasks t
  LEFT JOIN case_events e ON (e.region, e.case_id, e.task) = (t.region, t.case_id, t.task)
   AND e.kind IN ('task.decided', 'case.accepted')
 GROUP BY t.region, t.case_id, t.task, t.state HAVING count(e.id) <> CASE WHEN t.state = 'done' THEN 1 ELSE 0 END;

-- name: cases_unlike_tasks
-- Accepted when the intake is done, closed when every task is.
SELECT c.id, c.state FROM cases c JOIN tasks t ON (t.region, t.case_id) = (c.region, c.id)
 GROUP BY c.region, c.id, c.state
HAVING c.state <> CASE WHEN bool_and(t.state = 'done') THEN 'closed'
                       WHEN bool_or(t.kind = 'intake' AND t.state = 'done') THEN 'accepted' ELSE 'submitted' END;

-- name: licences_unlike_approvals
-- One licence for each approved permit, none for any other case.
SELECT c.id, count(l.id) AS licences FROM cases c
  JOIN tasks t ON (t.region, t.case_id, t.task) = (c.region, c.id, 'permit')
  LEFT JOIN licences l ON (l.region, l.source) = (c.region, c.id)
 GROUP BY c.region, c.id, t.decision
HAVING count(l.id) <> CASE WHEN t.decision = 'approved' THEN 1 ELSE 0 END;

-- name: licences_without_entry
-- A licence is recorded in the ledger with its issue.
SELECT l.id FROM licences l LEFT JOIN ledger_entries e ON e.region = l.region AND e.subject = l.id
   AND e.kind = 'licence.issued' WHERE e.id IS NULL;

-- name: keys_without_answer
-- An idempotency key is committed with its answer or not at all.
SELECT key FROM idempotency WHERE answer IS NULL;

-- name: documents_missing
-- Licences of the drill that have no document yet. They settle: asked until there are none.
SELECT id FROM licences WHERE pdf IS NULL AND type = 'fault-permit';

-- name: messages_waiting
-- What the outbox still holds, dead ones included. It settles.
SELECT id, topic, attempts, error FROM outbox;

-- name: entries_waiting
-- What the sealer still has before it. It settles.
SELECT id FROM ledger_entries WHERE leaf_index IS NULL;

-- name: told_case^
-- The case that a client was told of.
SELECT c.id::text, c.number, c.account::text AS account, e.id::text AS entry, l.leaf_index
  FROM cases c LEFT JOIN case_events e ON (e.region, e.case_id, e.kind) = (c.region, c.id, 'case.submitted')
  LEFT JOIN ledger_entries l ON (l.region, l.id) = (e.region, e.id)
 WHERE c.region = :region AND c.id = :case;

-- name: told_task^
-- The task that an official was told to have decided.
SELECT state, decision FROM tasks WHERE region = :region AND case_id = :case AND task = :task;

-- name: told_draft^
-- The draft that a client was told to be saved.
SELECT revision, form FROM drafts WHERE region = :region AND id = :draft;

-- name: cases_of_accounts
-- Every case of the clients, whether its client was answered or not.
SELECT id::text FROM cases WHERE account = ANY(:accounts::uuid[]);

-- name: late_seals
-- Entries whose first head over them was signed after the promised time.
SELECT p.entry_id::text AS entry, p.include_by FROM ledger_promises p
  JOIN ledger_entries e ON (e.region, e.id) = (p.region, p.entry_id)
 WHERE (SELECT c.sealed_at FROM ledger_checkpoints c WHERE c.size > e.leaf_index ORDER BY c.size LIMIT 1) > p.include_by;

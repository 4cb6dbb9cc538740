-- name: put_request!
-- What a person asks, with the ticket that it became.
INSERT INTO rights_requests (region, ticket, kind, account, asked_by, person_key, sealed, at)
VALUES (:region, :ticket, :kind, :account, :asked_by, :person_key, :sealed, :now);

-- name: waiting^
-- Whether the same waits for an answer; the account's row is locked against a second one at the same moment.
SELECT platform_now() AS now, EXISTS (SELECT FROM rights_requests r WHERE r.region = :region AND r.account = a.id
       AND r.kind = :kind AND r.outcome IS NULL) AS asked
  FROM accounts a WHERE a.id = :account FOR UPDATE;

-- name: request_of^
-- Whose request a ticket is about, and what was written.
SELECT region, ticket, kind, account, asked_by, person_key, sealed, outcome, found FROM rights_requests
 WHERE region = :region AND ticket = :ticket;

-- name: asked_by^
-- Which account asked what a ticket is about, for itself or for a ward, and who answers.
SELECT coalesce(r.asked_by, r.account) AS account, r.kind, t.department FROM rights_requests r
  JOIN tickets t ON t.region = r.region AND t.id = r.ticket
 WHERE r.region = :region AND r.ticket = :ticket;

-- name: asker^
-- Who asks: the name of the person, for whoever answers.
-- wall: anybody (whoever answers reads the name of whoever asks)
SELECT p.name FROM accounts a JOIN persons p ON p.id = a.person WHERE a.id = :account;

-- name: put_outcome!
-- How a request was answered; answered anew after it was sent back.
UPDATE rights_requests SET outcome = :outcome, answered_at = :now, found = :found::jsonb
 WHERE region = :region AND ticket = :ticket;

-- name: requests
-- What a person asked, and what guardians asked for a person's wards, newest first, with where each stands and what was
-- answered.
SELECT r.account, r.asked_by, p.name, r.region, r.ticket AS id, r.kind, r.at, r.outcome, r.answered_at, r.found,
       c.number, t.state, t.watch, t.pack,
       t.version, t.department, a.due_on AS answer_due, a.reasons AS answer_text, k.expires_at AS copy_until
  FROM rights_requests r
  JOIN tickets t ON t.region = r.region AND t.id = r.ticket
  JOIN cases c ON c.region = r.region AND c.id = r.ticket
  JOIN tasks a ON a.region = r.region AND a.case_id = r.ticket AND a.task = 'correct'
  JOIN accounts o ON o.id = r.account JOIN persons p ON p.id = o.person
  LEFT JOIN rights_copies k ON k.region = r.region AND k.ticket = r.ticket AND k.expires_at > platform_now()
 WHERE (r.account = :account OR (r.account = ANY(:wards::uuid[]) AND r.asked_by IS NOT NULL))
   AND (:ticket::uuid IS NULL OR r.ticket = :ticket)
 ORDER BY r.at DESC, r.ticket DESC LIMIT :most;

-- name: own_drafts
-- Drafts of a person that are neither submitted nor given up: nothing binds them.
SELECT region, id FROM drafts
 WHERE CASE WHEN enterprise IS NULL THEN account ELSE enterprise END = :account
   AND submitted_at IS NULL AND abandoned_at IS NULL ORDER BY region, id;

-- name: open_cases$
-- Cases of a person that have not ended.
SELECT count(*) FROM cases
 WHERE CASE WHEN enterprise IS NULL THEN account ELSE enterprise END = :account AND closed_at IS NULL;

-- name: ended_cases
-- Cases of a person that have ended. A ticket about one, and an entry of the ledger that must still be kept, hold it.
SELECT c.region, c.id, c.closed_at AS since,
       EXISTS (SELECT FROM tickets t WHERE t.region = c.region AND t.case_id = c.id)
       OR EXISTS (SELECT FROM ledger_entries e WHERE e.region = c.region AND e.subject = c.id AND e.erased_at IS NULL
                     AND NOT starts_with(e.kind, 'resource.')
                     AND e.retain_until >= (platform_now() AT TIME ZONE 'Asia/Shanghai')::date) AS held
  FROM cases c
 WHERE CASE WHEN c.enterprise IS NULL THEN c.account ELSE c.enterprise END = :account AND c.closed_at IS NOT NULL
 ORDER BY c.region, c.id;

-- name: own_look_up_values
-- Values that were looked up about a person for their own cases that have ended.
SELECT u.region, u.id, c.closed_at AS since, false AS held
  FROM cases c JOIN look_ups u ON u.region = c.region AND u.case_id = c.id
 WHERE CASE WHEN c.enterprise IS NULL THEN c.account ELSE c.enterprise END = :account AND c.closed_at IS NOT NULL
   AND u.person_key = :person_key AND u.case_id <> u.id AND u.sealed IS NOT NULL
 ORDER BY u.region, u.id;

-- name: own_uses
-- Uses of a person's data. Nobody deletes them one by one: they prove to the person who looked.
SELECT region, id, asked_at AS since, true AS held FROM look_ups WHERE person_key = :person_key;

-- name: own_messages
-- What a person was told, but about cases that have not ended.
SELECT m.region, m.id, m.at AS since, false AS held FROM messages m
 WHERE m.account = :account AND NOT EXISTS (SELECT FROM cases c WHERE c.region = m.region AND c.id = m.subject
                                               AND c.closed_at IS NULL)
 ORDER BY m.region, m.id;

-- name: own_licences$
-- Licences that a person holds.
SELECT count(*) FROM licences WHERE holder_key = :person_key;

-- name: account_opened$
-- When an account was opened.
SELECT created_at FROM accounts WHERE id = :account;

-- name: put_copy^
-- A copy that was made, once a request.
INSERT INTO rights_copies (region, ticket, account, sealed, made_at, expires_at)
VALUES (:region, :ticket, :account, :sealed, :now, :expires) ON CONFLICT DO NOTHING RETURNING ticket;

-- name: copy^
-- A copy that has not expired, of whose account it is; a ward's for a guardian where a guardian asked for it.
SELECT k.sealed FROM rights_copies k JOIN rights_requests r ON r.region = k.region AND r.ticket = k.ticket
 WHERE k.region = :region AND k.ticket = :ticket AND k.expires_at > platform_now()
   AND (k.account = :account OR (k.account = ANY(:wards::uuid[]) AND r.asked_by IS NOT NULL));

-- name: drop_expired
-- Copies whose days are over.
DELETE FROM rights_copies WHERE expires_at <= platform_now() RETURNING ticket;

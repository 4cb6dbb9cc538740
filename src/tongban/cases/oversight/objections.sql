-- name: own_use^
-- One use of the data of some persons or enterprises, locked against a second objection at the same moment.
SELECT region, id, consumer, provider, source, purpose, basis, person_key, asked_at, platform_now() AS now FROM look_ups
 WHERE region = :region AND id = :id AND person_key = ANY(:subjects::bytea[]) FOR UPDATE;

-- name: put_objection!
-- What a person said about one use, with the ticket that it became.
INSERT INTO objections (region, ticket, use_id, kind, account, person_key, sealed, at)
VALUES (:region, :ticket, :use_id, :kind, :account, :person_key, :sealed, :now);

-- name: objection_of^
-- What was said, for the ticket's page.
SELECT region, ticket, sealed FROM objections WHERE region = :region AND ticket = :ticket;

-- name: objector_of^
-- Who made the objection that a ticket is about, and to which use.
SELECT o.account, o.use_id, t.department FROM objections o
  JOIN tickets t ON t.region = o.region AND t.id = o.ticket
 WHERE o.region = :region AND o.ticket = :ticket;

-- name: objections_about
-- Where the objections to some uses stand, and what the department answered; for whom they are about alone.
SELECT o.region, o.use_id, o.kind, o.at, c.number, t.state, t.verdict, t.closed_at, a.due_on AS answer_due,
       a.department, a.decided_at AS answered_at, a.decision AS answer, a.reasons AS answer_text, a.state AS answer_state
  FROM objections o
  JOIN tickets t ON t.region = o.region AND t.id = o.ticket
  JOIN cases c ON c.region = o.region AND c.id = o.ticket
  JOIN tasks a ON a.region = o.region AND a.case_id = o.ticket AND a.task = 'correct'
 WHERE o.person_key = ANY(:subjects::bytea[]) AND o.use_id = ANY(:uses::uuid[])
 ORDER BY o.at;

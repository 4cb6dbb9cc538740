-- name: due_messages
-- A batch of outbox messages that are due, locked; other drainers skip them.
SELECT region, id, topic, payload, attempts, platform_now() AS now FROM outbox
 WHERE due_at <= statement_timestamp() AND attempts < 12
 ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: done_messages!
-- What was handled goes.
DELETE FROM outbox o USING unnest(:regions::text[], :ids::uuid[]) AS d(region, id)
 WHERE o.region = d.region AND o.id = d.id;

-- name: failed_message!
-- What failed is tried again later, each time after twice as long; after twelve times it stays for a person.
UPDATE outbox SET attempts = attempts + 1, error = :error,
       due_at = statement_timestamp() + interval '1 second' * power(2, attempts)
 WHERE region = :region AND id = :id;

-- name: put_message!
-- One message, in the caller's transaction.
INSERT INTO outbox (region, id, topic, payload) VALUES (:region, :id, :topic, :payload);

-- name: dead_messages
-- Messages that failed twelve times, for the operator.
SELECT region, id, topic, attempts, error FROM outbox WHERE attempts >= 12 ORDER BY due_at LIMIT 100;

-- name: replay_messages!
-- Try the dead ones again.
UPDATE outbox SET attempts = 0, due_at = statement_timestamp() WHERE attempts >= 12;

-- name: outbox_size$
-- How many messages wait.
SELECT count(*) FROM outbox WHERE attempts < 12;

-- name: claim_key^
-- Claim an idempotency key; a concurrent claim of the same key waits until this transaction ends.
INSERT INTO idempotency (account, key, request) VALUES (:account, :key, :request)
ON CONFLICT (account, key) DO NOTHING RETURNING true AS mine;

-- name: kept_answer^
-- What was answered to an earlier call with this key.
SELECT request, status, answer FROM idempotency WHERE account = :account AND key = :key;

-- name: keep_answer!
-- Remember the answer, in the same transaction as the claim.
UPDATE idempotency SET status = :status, answer = :answer WHERE account = :account AND key = :key;

-- name: forget_keys!
-- Keys older than three days have served.
DELETE FROM idempotency WHERE created_at < statement_timestamp() - interval '3 days';

-- name: kind_of_installation$
-- Production or demonstration, settled at creation.
SELECT kind FROM installation;

-- name: reach_time(moment)$
-- Demonstration time as late as a moment, if it is not later already; refused by the database anywhere else.
INSERT INTO demonstration_time (ahead) VALUES (greatest(:moment - statement_timestamp(), interval '0'))
ON CONFLICT (single) DO UPDATE SET ahead = greatest(demonstration_time.ahead, excluded.ahead)
RETURNING statement_timestamp() + ahead;

-- name: move_time$
-- Move demonstration time ahead; refused by the database anywhere else. The new time.
INSERT INTO demonstration_time (ahead) VALUES (:by)
ON CONFLICT (single) DO UPDATE SET ahead = demonstration_time.ahead + excluded.ahead
RETURNING statement_timestamp() + ahead;

-- name: out_of_force(region)
-- The codes of licences of one region that are not in force though their time may not be over, and their states.
SELECT code, state FROM licences WHERE region = :region AND state <> 'valid' ORDER BY code;

-- name: newest(region)
-- The newest list of a region.
SELECT version, made_at, state, body FROM licence_lists WHERE region = :region ORDER BY version DESC LIMIT 1;

-- name: head_of_log
-- Size and root of the newest checkpoint of the node's log.
SELECT size, root FROM ledger_checkpoints ORDER BY size DESC LIMIT 1;

-- name: publish(region, version, made_at, state, body)!
-- Keep a list under its version, once, and forget those that are fifty versions old.
WITH old AS (DELETE FROM licence_lists WHERE region = :region AND version < :version - 50)
INSERT INTO licence_lists (region, version, made_at, state, body)
VALUES (:region, :version, :made_at, :state, :body) ON CONFLICT DO NOTHING;

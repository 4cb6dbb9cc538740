-- name: begin_operation!
-- An operator's act begins.
INSERT INTO operations (id, kind, detail) VALUES (:id, :kind, :detail);

-- name: note_operation!
-- How far it is.
UPDATE operations SET detail = detail || :detail WHERE id = :id;

-- name: end_operation!
-- How it ended.
UPDATE operations SET outcome = :outcome, ended_at = clock_timestamp(), detail = detail || :detail WHERE id = :id;

-- name: latest_operation^
-- The newest act of a kind, of those that ended so when an outcome is named.
SELECT id, kind, began_at, ended_at, outcome, detail FROM operations
 WHERE kind = :kind AND (:outcome::text IS NULL OR outcome = :outcome) ORDER BY began_at DESC LIMIT 1;

-- name: never_signed_in^
-- An account that waits for its first password.
SELECT a.id, a.login, p.name FROM accounts a JOIN persons p ON p.id = a.person
 WHERE a.login = :login AND length(a.password_hash) < 20;

-- name: hold_keys!
-- Which keys a process holds now.
INSERT INTO vault_holders (process, name, keys, current_key) VALUES (:process, :name, :keys::text[], :current)
ON CONFLICT (process) DO UPDATE SET keys = excluded.keys, current_key = excluded.current_key, seen_at = clock_timestamp();

-- name: forget_holders!
-- Processes that ended long ago.
DELETE FROM vault_holders WHERE seen_at < clock_timestamp() - interval '1 hour';

-- name: not_holding(key, sealing)
-- Living processes that do not hold a key, or (sealing) do not seal with it yet.
SELECT name FROM vault_holders WHERE seen_at > clock_timestamp() - interval '20 seconds'
   AND CASE WHEN :sealing THEN current_key <> :key ELSE NOT :key = ANY (keys) END ORDER BY name;

-- name: only_rotation$
-- Whether this session may rotate: one at a time.
SELECT pg_try_advisory_lock(hashtext('tongban rotation of keys'));

-- name: administrators_signed_in$
-- How many different people administer and have set a password.
SELECT count(DISTINCT a.person) FROM posts_now p JOIN accounts a ON a.id = p.account
 WHERE p.role = 'administrator' AND a.disabled_at IS NULL AND length(a.password_hash) > 20;

-- name: log_stream^
-- The slot by which the log of changes leaves the server.
SELECT active, coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint AS behind
  FROM pg_replication_slots WHERE slot_name = 'tongban_backup';

-- name: system_identifier$
-- Under which name this database's backups lie.
SELECT system_identifier::text FROM pg_control_system();

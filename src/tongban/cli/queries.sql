-- name: server_state^
-- What the server is, and whether the platform's own tables stand in it.
SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS connections,
       to_regclass('installation') AS installation, to_regclass('procrastinate_jobs') AS queue;

-- name: installation_kind$
-- Production or demonstration.
SELECT kind FROM installation;

-- name: applied_migrations
-- Names and checksums of what was applied.
SELECT name, sha256 FROM migration_checksums ORDER BY name;

-- name: health^
-- Numbers that tell whether what follows a change still follows; times are the real wall clock.
SELECT clock_timestamp() AS at,
       (SELECT count(*) FROM outbox WHERE attempts >= 12) AS dead,
       w.waiting, w.oldest,
       (SELECT count(*) FROM (SELECT 1 FROM ledger_entries WHERE leaf_index IS NULL LIMIT 100000) AS u) AS unsealed,
       (SELECT count(*) FROM ledger_entries e JOIN ledger_promises p ON p.region = e.region AND p.entry_id = e.id
         WHERE e.leaf_index IS NULL AND p.include_by < clock_timestamp()) AS broken,
       (SELECT extract(epoch FROM clock_timestamp() - min(c.sealed_at))::float8 FROM ledger_checkpoints c
         WHERE c.size > coalesce((SELECT max(size) FROM ledger_checkpoints
                                   WHERE log = c.log AND cosigned_at IS NOT NULL), -1)) AS uncosigned,
       (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS failed,
       (SELECT count(*) FROM notices WHERE pdf IS NULL AND ordered_at < platform_now() - interval '10 minutes')
         AS papers_owed,
       (SELECT count(*) FROM measures_due WHERE attempts >= 12) AS measures_failed,
       (SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers k ON k.id = j.worker_id
         WHERE j.status = 'doing' AND coalesce(k.last_heartbeat, '-infinity') < clock_timestamp() - interval '2 minutes')
         AS stalled
FROM (SELECT count(*) AS waiting, extract(epoch FROM clock_timestamp() - min(due_at))::float8 AS oldest
        FROM outbox WHERE attempts < 12 AND due_at <= clock_timestamp()) AS w;

-- name: some_person^
-- One person's sealed particulars, to see whether the vault's keys are the database's.
SELECT id_key, sealed FROM persons ORDER BY id LIMIT 1;

-- name: newest_head^
-- The log's name and its newest signed head.
SELECT l.origin, c.note FROM ledger_logs l
LEFT JOIN LATERAL (SELECT note FROM ledger_checkpoints WHERE log = l.log ORDER BY size DESC LIMIT 1) AS c ON true
ORDER BY l.log LIMIT 1;

-- name: messages_of_case
-- What happened to one case and waits to be followed, oldest first.
SELECT region, id, topic, payload FROM outbox WHERE payload ->> 'case' = :case ORDER BY id;

-- name: look_ups_of_case(region, case_id)
-- What was asked for one case, in the order of asking; no values.
SELECT l.material, l.source, l.provider, l.outcome, l.reason, l.answered_ms, i.peer FROM look_ups l
LEFT JOIN exchange_intents i ON i.region = l.region AND i.id = l.id AND i.side = 'consumer'
WHERE l.region = :region AND l.case_id = :case_id::uuid AND l.case_id <> l.id ORDER BY l.id;

-- name: calls_to_peer(peer)
-- Every call that this node made through another.
SELECT * FROM exchange_intents WHERE peer = :peer AND side = 'consumer' ORDER BY id;

-- name: answers_of_peer(peer)
-- What came of them.
SELECT o.* FROM exchange_outcomes o JOIN exchange_intents i ON i.region = o.region AND i.id = o.id
WHERE i.peer = :peer AND i.side = 'consumer';

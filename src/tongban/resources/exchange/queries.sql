-- name: put_calls(intents, intended, outcomes, uses, answered)
-- Write what concurrent calls have to say, in one statement. Intents with their ledger entries, each only if its grant
-- stands in that very revision at that moment and its message is new; the grant's row is held until the commit, so that
-- whoever revokes it waits for what was begun and nothing can begin after. Records of a grant with a quota are counted
-- on the day of the intent; past the quota everything fails (grant_days_within_quota). Outcomes, with the uses that
-- people see and their entries. Returns the intents that were written.
WITH given AS MATERIALIZED (
    SELECT * FROM json_populate_recordset(null::exchange_intents, :intents::json)),
held AS MATERIALIZED (
    SELECT g.region, g.id, g.consumer, g.resource, g.revision, g.valid_from, g.valid_until, g.quota FROM grants g
    WHERE (g.region, g.id) IN (SELECT region, grant_id FROM given) AND g.revoked_at IS NULL
    FOR SHARE),
put AS (
    INSERT INTO exchange_intents
    SELECT n.region, n.id, m.at, n.side, n.peer, n.message, n.consumer, n.subsystem, n.provider, n.resource,
           n.officer, n.issue, n.represented, n.purpose, n.basis, n.grant_id, n.revision, n.fields, n.records,
           n.subject, n.digest, n.signed_at, n.algorithm, n.key_id, n.signature
    FROM given n CROSS JOIN LATERAL (SELECT coalesce(n.at, platform_now()) AS at) m
    JOIN held g ON g.region = n.region AND g.id = n.grant_id AND g.revision = n.revision
                AND g.consumer = n.consumer AND g.resource = n.resource
                AND m.at >= g.valid_from AND m.at < g.valid_until
    ON CONFLICT DO NOTHING RETURNING region, id, at, grant_id, records),
spent AS (
    INSERT INTO grant_days (region, grant_id, day, records, most)
    SELECT p.region, p.grant_id, (p.at AT TIME ZONE 'Asia/Shanghai')::date AS day, sum(p.records), g.quota
    FROM put p JOIN held g ON g.region = p.region AND g.id = p.grant_id
    WHERE g.quota IS NOT NULL GROUP BY 1, 2, 3, g.quota ORDER BY 1, 2, 3
    ON CONFLICT (region, grant_id, day)
    DO UPDATE SET records = grant_days.records + excluded.records, most = excluded.most),
intended AS (
    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
    SELECT e.region, e.id, put.at, e.kind, e.subject, e.data, e.salt, e.digest, e.person_key, e.retain_until
    FROM json_populate_recordset(null::ledger_entries, :intended::json) e JOIN put ON put.id = e.subject),
answered AS (
    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
    SELECT region, id, coalesce(at, platform_now()), kind, subject, data, salt, digest, person_key, retain_until
    FROM json_populate_recordset(null::ledger_entries, :answered::json)),
used AS (
    INSERT INTO look_ups
    SELECT u.region, u.id, u.case_id, u.material, u.person_key, u.person_account, u.consumer, u.provider, u.source,
           u.purpose, u.basis, u.legal, u.fields, u.outcome, u.reason, u.digest, coalesce(u.asked_at, platform_now()),
           u.answered_ms, u.fresh_until, u.sealed, u.purged_at
    FROM json_populate_recordset(null::look_ups, :uses::json) u),
concluded AS (
    INSERT INTO exchange_outcomes
    SELECT region, id, coalesce(at, platform_now()), result, reason, records, milliseconds, digest, signed_at,
           algorithm, key_id, signature, there
    FROM json_populate_recordset(null::exchange_outcomes, :outcomes::json))
SELECT id, at FROM put;

-- name: why_not(region, consumer, message, grant_id, revision)^
-- Why an intent was not written: its message was taken before, or its grant is no longer what it was.
SELECT EXISTS (SELECT FROM exchange_intents WHERE region = :region AND consumer = :consumer
                                              AND message = :message) AS replayed,
       (SELECT CASE WHEN revoked_at IS NOT NULL THEN 'grant revoked'
                    WHEN revision <> :revision THEN 'grant changed' ELSE 'grant not valid now' END
        FROM grants WHERE region = :region AND id = :grant_id) AS reason;

-- name: put_refusals(refusals, entries)!
-- Write what was refused, with its ledger entries.
WITH entry AS (
    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
    SELECT region, id, platform_now(), kind, subject, data, salt, digest, person_key, retain_until
    FROM json_populate_recordset(null::ledger_entries, :entries::json))
INSERT INTO exchange_refusals
SELECT region, id, platform_now(), code, reason, consumer, resource, officer, issue, message, known
FROM json_populate_recordset(null::exchange_refusals, :refusals::json);

-- name: unknown_intents(region, before, limit)
-- Intents without an outcome that are older than a moment, oldest first.
SELECT i.region, i.id, i.at, i.side, i.peer, i.message, i.consumer, i.provider, i.resource, i.officer, i.issue,
       i.purpose, i.fields
FROM exchange_intents i
WHERE i.region = :region AND i.at < :before
  AND NOT EXISTS (SELECT FROM exchange_outcomes o WHERE o.region = i.region AND o.id = i.id)
ORDER BY i.id LIMIT :limit;

-- name: put_subsystem(region, id, member, code, token_hash, now)!
-- A system that may call the gateway from now on.
INSERT INTO exchange_subsystems (region, id, member, code, token_hash, made_at)
VALUES (:region, :id, :member, :code, :token_hash, :now);

-- name: end_subsystem(region, member, code, now)
-- End every token of a system.
UPDATE exchange_subsystems SET ended_at = :now
WHERE region = :region AND member = :member AND code = :code AND ended_at IS NULL RETURNING id;

-- name: subsystem_by_token(token_hash)^
-- The system that a token belongs to.
SELECT region, id, member, code FROM exchange_subsystems WHERE token_hash = :token_hash AND ended_at IS NULL;

-- name: lines(region, consumer, peer, since, after, sides, limit)
-- Calls of a consumer with what is known of them, in the order of messages; a peer of null is any.
SELECT i.message, i.resource, i.at, i.digest, o.result, o.digest AS answer
FROM exchange_intents i LEFT JOIN exchange_outcomes o USING (region, id)
WHERE i.region = :region AND i.consumer = :consumer AND i.at >= :since AND i.message > :after
  AND i.side = ANY(:sides::text[]) AND (:peer::text IS NULL OR i.peer = :peer)
ORDER BY i.message LIMIT :limit;

-- name: unknown_whole(region, before)
-- Intents without an outcome, whole, older than a moment.
SELECT i.* FROM exchange_intents i
WHERE i.region = :region AND i.at < :before
  AND NOT EXISTS (SELECT FROM exchange_outcomes o WHERE o.region = i.region AND o.id = i.id)
ORDER BY i.id LIMIT 10000;

-- name: consumers_of_peer(region, peer, since)
-- The departments that asked another node.
SELECT DISTINCT consumer FROM exchange_intents
WHERE region = :region AND peer = :peer AND side = 'consumer' AND at >= :since ORDER BY consumer;

-- name: put_due!
-- An event whose records are to be written; delivered twice it stands once.
INSERT INTO library_due (region, event_id, case_id) VALUES (:region, :event_id, :case_id) ON CONFLICT DO NOTHING;

-- name: due_events
-- Events whose records are due, oldest first, locked; other writers skip them.
SELECT region, event_id, case_id, platform_now() AS now FROM library_due
 WHERE attempts < 12 AND due_at <= statement_timestamp()
 ORDER BY due_at, event_id LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: written!
-- What was written is no longer due.
DELETE FROM library_due WHERE region = :region AND event_id = ANY(:events);

-- name: not_written!
-- What failed is tried again later, each time after twice as long; after twelve times it waits for a person.
UPDATE library_due SET attempts = attempts + 1, error = :error,
       due_at = statement_timestamp() + interval '1 second' * power(2, attempts)
 WHERE region = :region AND event_id = :event_id;

-- name: waiting^
-- How many events wait to be written, for how long the oldest of them, and how many failed twelve times.
SELECT count(*) FILTER (WHERE attempts < 12) AS waiting, count(*) FILTER (WHERE attempts >= 12) AS dead,
       extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE attempts < 12))::float8 AS oldest
  FROM library_due;

-- name: try_again!
-- Try once more what failed twelve times.
UPDATE library_due SET attempts = 0, due_at = statement_timestamp() WHERE attempts >= 12;

-- name: histories
-- Everything that the records of some cases of one region are made from.
SELECT c.region, c.id, c.number, c.pack, c.version, c.journey, c.dossier, c.accepted_at, c.due_on, c.finish_code,
       c.outcome,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decision', t.decision, 'reasons', t.reasons))
          FROM tasks t WHERE t.region = :region AND t.case_id = c.id) AS tasks,
       (SELECT json_agg(json_build_object('id', e.id, 'at', e.at, 'kind', e.kind, 'task', e.task, 'actor', e.actor,
               'basis', e.basis, 'detail', e.detail) ORDER BY e.at, e.id)
          FROM case_events e WHERE e.region = :region AND e.case_id = c.id) AS events,
       (SELECT coalesce(json_agg(json_build_object('id', f.id, 'material', f.material, 'name', f.name,
               'media_type', f.media_type, 'size', f.size, 'uploaded_at', f.uploaded_at) ORDER BY f.id), '[]')
          FROM case_files f WHERE f.region = :region AND f.case_id = c.id AND f.removed_at IS NULL) AS files
  FROM cases c WHERE c.region = :region AND c.id = ANY(:cases);

-- name: lock_feed^
-- Hold a region's feed until the transaction ends: positions come in the order in which they are committed.
SELECT pg_advisory_xact_lock(hashtextextended('tongban.library:' || :region, 0)) IS NULL AS held;

-- name: put_records!
-- Append records that are not there yet, in the order given. The caller holds the feed's lock.
WITH new AS (
  SELECT u.*, row_number() OVER (ORDER BY u.place) AS step
    FROM unnest(:ids::uuid[], :cases::uuid[], :numbers::text[], :events::uuid[], :kinds::text[],
                :times::timestamptz[], :sealed::bytea[]) WITH ORDINALITY
         AS u(id, case_id, number, event_id, kind, at, sealed, place)
   WHERE NOT EXISTS (SELECT 1 FROM library_records r WHERE r.region = :region AND r.id = u.id))
INSERT INTO library_records (region, position, id, case_id, number, event_id, kind, at, sealed)
SELECT :region, step + coalesce((SELECT max(position) FROM library_records WHERE region = :region), 0),
       id, case_id, number, event_id, kind, at, sealed FROM new;

-- name: feed
-- A stretch of a region's feed.
SELECT position, id, kind, number, event_id, at, sealed FROM library_records
 WHERE region = :region AND position > :after ORDER BY position LIMIT :most;

-- name: last_position$
-- The newest position of a region's feed.
SELECT coalesce(max(position), 0) FROM library_records WHERE region = :region;

-- name: receiver^
-- The receiver behind a token.
SELECT region, id, name, registered_at, acknowledged, acknowledged_at, revoked_at FROM library_receivers
 WHERE digest = :digest AND revoked_at IS NULL;

-- name: register^
-- A new receiver, or a new token for one whose token was revoked; nothing when one of that name is registered.
INSERT INTO library_receivers (digest, region, id, name, registered_at)
VALUES (:digest, :region, :id, :name, platform_now())
ON CONFLICT (region, name) DO UPDATE
   SET digest = excluded.digest, registered_at = excluded.registered_at, revoked_at = NULL
 WHERE library_receivers.revoked_at IS NOT NULL
RETURNING id;

-- name: revoke^
-- The token ends at once; what was acknowledged stays known.
UPDATE library_receivers SET revoked_at = platform_now()
 WHERE region = :region AND name = :name AND revoked_at IS NULL RETURNING id;

-- name: receivers
-- Every receiver with how far it has got.
SELECT r.region, r.id, r.name, r.registered_at, r.acknowledged, r.acknowledged_at, r.revoked_at,
       coalesce((SELECT max(position) FROM library_records l WHERE l.region = r.region), 0) AS last
  FROM library_receivers r ORDER BY r.region, r.name;

-- name: acknowledge$
-- What the receiver has safely kept; it only ever grows.
UPDATE library_receivers
   SET acknowledged = greatest(acknowledged, :cursor),
       acknowledged_at = CASE WHEN :cursor > acknowledged THEN platform_now() ELSE acknowledged_at END
 WHERE region = :region AND id = :id AND revoked_at IS NULL RETURNING acknowledged;

-- name: insert_entries(region, id, at, kind, subject, data, salt, digest, person_key, retain_until)!
-- Write prepared entries; every argument is an array, one element an entry.
INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
SELECT region, id, at, kind, subject, data::jsonb, salt, digest, person_key, retain_until
FROM unnest(:region::text[], :id::uuid[], :at::timestamptz[], :kind::text[], :subject::uuid[],
            :data::text[], :salt::bytea[], :digest::bytea[], :person_key::bytea[], :retain_until::date[])
  AS new (region, id, at, kind, subject, data, salt, digest, person_key, retain_until);

-- name: insert_promise(region, entry_id, include_by)!
-- Remember until when an entry was promised to be sealed.
INSERT INTO ledger_promises (region, entry_id, include_by) VALUES (:region, :entry_id, :include_by);

-- name: entry(log, region, id)
-- One entry with its leaf, if sealed.
SELECT e.region, e.id, e.at, e.kind, e.subject, e.data::text AS data, e.salt, e.digest, e.person_key, e.retain_until,
       e.erased_at, e.leaf_index, l.leaf, p.include_by
FROM ledger_entries e LEFT JOIN ledger_leaves l ON l.log = :log AND l.leaf_index = e.leaf_index
LEFT JOIN ledger_promises p ON p.region = e.region AND p.entry_id = e.id
WHERE e.region = :region AND e.id = :id;

-- name: entries_of_subject(region, subject)
-- What happened to one subject, oldest first.
SELECT region, id, at, kind, subject, data, retain_until, erased_at, leaf_index
FROM ledger_entries WHERE region = :region AND subject = :subject ORDER BY at, id;

-- name: entries_of_person(person_key, before_at, before_id, limit)
-- What is recorded about one person in any region, newest first, after a keyset position.
SELECT region, id, at, kind, subject, data, retain_until, erased_at, leaf_index
FROM ledger_entries
WHERE person_key = :person_key AND (:before_at::timestamptz IS NULL OR (at, id) < (:before_at, :before_id::uuid))
ORDER BY at DESC, id DESC LIMIT :limit;

-- name: lock_entry(region, id)
-- Hold an entry that is about to be erased.
SELECT kind, subject, retain_until, erased_at FROM ledger_entries
WHERE region = :region AND id = :id FOR UPDATE;

-- name: erase_entry(at, region, id)!
-- Destroy payload, salt and person key; the digest stays, so every proof stays.
UPDATE ledger_entries SET data = NULL, salt = NULL, person_key = NULL, erased_at = :at
WHERE region = :region AND id = :id;

-- name: lock_log(log)
-- Become the only sealer until the transaction ends; false when another one is at work.
SELECT pg_try_advisory_xact_lock(20250601, :log::int) AS mine;

-- name: open_log(log, origin)!
-- Name the log at its first use; afterwards the first name stays.
INSERT INTO ledger_logs (log, origin) VALUES (:log, :origin) ON CONFLICT DO NOTHING;

-- name: log_head(log)
-- The log's name and its latest checkpoint (null size when there is none).
SELECT l.origin, c.size, c.root, c.note, c.sealed_at, c.cosigned_at
FROM ledger_logs l LEFT JOIN LATERAL (
    SELECT * FROM ledger_checkpoints WHERE log = l.log ORDER BY size DESC LIMIT 1) c ON true
WHERE l.log = :log;

-- name: unsealed(limit)
-- The next entries to seal, never by a remembered position, so that a transaction that commits late
-- is not passed over; rows that somebody holds come next time.
SELECT region, id, at, kind, digest FROM ledger_entries
WHERE leaf_index IS NULL ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED;

-- name: seal_batch(leaf_index, region, id, leaf, hash, log)!
-- Write a batch of leaves and mark their entries.
WITH batch AS (
    SELECT * FROM unnest(:leaf_index::bigint[], :region::text[], :id::uuid[], :leaf::bytea[], :hash::bytea[])
      AS b (leaf_index, region, id, leaf, leaf_hash)),
put AS (
    INSERT INTO ledger_leaves (log, leaf_index, region, entry_id, leaf, leaf_hash)
    SELECT :log, leaf_index, region, id, leaf, leaf_hash FROM batch)
UPDATE ledger_entries e SET leaf_index = b.leaf_index
FROM batch b WHERE e.region = b.region::char(6) AND e.id = b.id;

-- name: tiles(level, tile, log)
-- The tiles named by two arrays (level, tile).
SELECT t.level, t.tile, t.hashes
FROM unnest(:level::int[], :tile::bigint[]) AS w (level, tile)
JOIN ledger_tiles t ON t.log = :log AND t.level = w.level AND t.tile = w.tile;

-- name: tiles_between(log, level, first, last)
-- The tiles of one level in a span of tile numbers.
SELECT tile, hashes FROM ledger_tiles
WHERE log = :log AND level = :level AND tile >= :first AND tile < :last ORDER BY tile;

-- name: tiles_beyond(log, level, first)
-- Tiles that a log of this size does not have on this level.
SELECT tile FROM ledger_tiles WHERE log = :log AND level = :level AND tile >= :first ORDER BY tile LIMIT 100;

-- name: tile_levels(log)
-- The highest level that any tile stands on.
SELECT coalesce(max(level), -1) AS highest FROM ledger_tiles WHERE log = :log;

-- name: put_tiles(log, level, tile, hashes)!
-- Write new tiles and let partial ones grow.
INSERT INTO ledger_tiles (log, level, tile, hashes)
SELECT :log, level, tile, hashes FROM unnest(:level::int[], :tile::bigint[], :hashes::bytea[])
  AS new (level, tile, hashes)
ON CONFLICT (log, level, tile) DO UPDATE SET hashes = excluded.hashes;

-- name: put_checkpoint(log, size, root, note)!
-- Write a signed head; its time is the wall clock, whatever the platform's clock says.
INSERT INTO ledger_checkpoints (log, size, number, root, note, sealed_at)
VALUES (:log, :size,
        1 + coalesce((SELECT number FROM ledger_checkpoints WHERE log = :log ORDER BY size DESC LIMIT 1), 0),
        :root, :note, clock_timestamp());

-- name: checkpoint_of_size(log, size)
-- One signed head.
SELECT size, root, note, sealed_at, cosigned_at FROM ledger_checkpoints WHERE log = :log AND size = :size;

-- name: checkpoint_covering(log, leaf_index)
-- The first cosigned head that covers a leaf, else the first head that does.
(SELECT size, note, 0 AS rank FROM ledger_checkpoints
 WHERE log = :log AND size > :leaf_index AND cosigned_at IS NOT NULL ORDER BY size LIMIT 1)
UNION ALL
(SELECT size, note, 1 FROM ledger_checkpoints WHERE log = :log AND size > :leaf_index ORDER BY size LIMIT 1)
ORDER BY rank LIMIT 1;

-- name: last_cosigned(log)
-- The newest head that a witness has cosigned.
SELECT size, root, note, cosigned_at FROM ledger_checkpoints
WHERE log = :log AND cosigned_at IS NOT NULL ORDER BY size DESC LIMIT 1;

-- name: put_cosigned(note, cosigned_at, log, size)!
-- Keep a head with its cosignatures.
UPDATE ledger_checkpoints SET note = :note, cosigned_at = :cosigned_at WHERE log = :log AND size = :size;

-- name: leaves_between(log, first, last)
-- A span of leaves in order.
SELECT leaf_index, leaf FROM ledger_leaves
WHERE log = :log AND leaf_index >= :first AND leaf_index < :last ORDER BY leaf_index;

-- name: kept_promise(log, region, id)
-- What became of a promised entry: its leaf and when the first head over it was signed.
SELECT l.leaf, (SELECT c.sealed_at FROM ledger_checkpoints c
                WHERE c.log = :log AND c.size > l.leaf_index ORDER BY c.size LIMIT 1) AS sealed_at
FROM ledger_entries e JOIN ledger_leaves l ON l.log = :log AND l.leaf_index = e.leaf_index
WHERE e.region = :region AND e.id = :id;

-- name: audit_leaves(log, first, limit)
-- The next leaves in order, each beside its entry and its promise.
SELECT l.leaf_index, l.region, l.entry_id, l.leaf, l.leaf_hash,
       e.id IS NOT NULL AS present, e.at, e.kind, e.subject, e.data::text AS data, e.salt, e.digest, e.person_key,
       e.retain_until, e.erased_at, e.leaf_index AS marked_index, p.include_by
FROM (SELECT * FROM ledger_leaves WHERE log = :log AND leaf_index >= :first
      ORDER BY leaf_index LIMIT :limit) l
LEFT JOIN ledger_entries e ON e.region = l.region AND e.id = l.entry_id
LEFT JOIN ledger_promises p ON p.region = l.region AND p.entry_id = l.entry_id
ORDER BY l.leaf_index;

-- name: audit_checkpoints(log, after, limit)
-- The next signed heads in order.
SELECT size, number, root, note, sealed_at, cosigned_at FROM ledger_checkpoints
WHERE log = :log AND size > :after ORDER BY size LIMIT :limit;

-- name: audit_inserted(log, limit)
-- Entries marked as sealed for which the log has no leaf.
SELECT e.region, e.id, e.at, e.kind, e.digest, e.leaf_index FROM ledger_entries e
LEFT JOIN ledger_leaves l ON l.log = :log AND l.region = e.region AND l.entry_id = e.id
WHERE e.leaf_index IS NOT NULL AND l.leaf IS NULL ORDER BY e.leaf_index LIMIT :limit;

-- name: audit_unsealed(after, limit)
-- Entries that wait for the sealer, with their promises.
SELECT e.region, e.id, e.at, e.kind, e.subject, e.data::text AS data, e.salt, e.digest, e.person_key, e.retain_until,
       e.erased_at, p.include_by
FROM ledger_entries e LEFT JOIN ledger_promises p ON p.region = e.region AND p.entry_id = e.id
WHERE e.leaf_index IS NULL AND e.id > :after ORDER BY e.id LIMIT :limit;

-- name: audit_orphan_promises(limit)
-- Promises whose entry is gone.
SELECT p.region, p.entry_id, p.include_by FROM ledger_promises p
LEFT JOIN ledger_entries e ON e.region = p.region AND e.id = p.entry_id
WHERE e.id IS NULL ORDER BY p.include_by LIMIT :limit;

-- name: audit_unrecorded_erasures(limit)
-- Erased entries that no erasure entry answers for.
SELECT e.region, e.id, e.leaf_index FROM ledger_entries e
WHERE e.erased_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ledger_entries x WHERE x.kind = 'ledger.erased' AND x.region = e.region
       AND x.subject = e.subject AND x.data ->> 'entry' = e.id::text)
ORDER BY e.leaf_index LIMIT :limit;

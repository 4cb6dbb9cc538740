-- name: installed_packs()
-- Every installed version, oldest first.
SELECT id, version, digest, content, active FROM packs ORDER BY installed_at, id, version;

-- name: listed_packs()
-- Every installed version without its content.
SELECT id, version, encode(digest, 'hex') AS digest, installed_at, active FROM packs ORDER BY id, installed_at, version;

-- name: packs_stamp()$
-- Changes whenever another version is installed or made active: what servers compare before reading again.
SELECT md5(coalesce(string_agg(id || '@' || version || active, ',' ORDER BY id, version), '')) FROM packs;

-- name: lock_packs()!
-- Installations follow one another; held until the transaction ends.
SELECT pg_advisory_xact_lock(7316020);

-- name: retire_pack(id)!
-- No version of the pack is active for now.
UPDATE packs SET active = false WHERE id = :id AND active;

-- name: add_pack(id, version, digest, content)!
-- A new version, active.
INSERT INTO packs (id, version, digest, content, active) VALUES (:id, :version, :digest, :content, true);

-- name: announce_packs()!
-- Running servers read the packs again.
SELECT pg_notify('packs_changed', '');

-- name: cases_counted(region, since)$
-- Whether any case of some regions was open on or after a day: its clock rests on what limits said then.
SELECT EXISTS (SELECT 1 FROM cases WHERE region LIKE :region AND account IS NOT NULL
                  AND (closed_at IS NULL OR closed_at >= :since));

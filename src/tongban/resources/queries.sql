-- name: insert_grant(region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version, valid_from, valid_until, basket, theme, rows, masks, quota, lists)$
-- Create a grant once; what a department revoked does not come back by installing a newer pack.
INSERT INTO grants (region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
                    valid_from, valid_until, basket, theme, "rows", masks, quota, lists)
SELECT :region, :id, :need, :resource, :consumer, :purpose, :basis, :fields::text[], :journey, :pack, :version,
       :valid_from, :valid_until, :basket, :theme, :rows, :masks::jsonb, :quota, :lists
WHERE NOT EXISTS (SELECT FROM grants WHERE region = :region AND pack = :pack AND need = :need
                                       AND revoked_at IS NOT NULL)
ON CONFLICT DO NOTHING RETURNING id;

-- name: grants_for(region, resource, consumer)
-- Every grant, valid or not, that could cover what a department asks; the newest first.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants WHERE region = :region AND resource = :resource AND consumer = :consumer
ORDER BY id DESC;

-- name: grants_of(region)
-- All grants of a region, the newest first.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants WHERE region = :region ORDER BY id DESC;

-- name: all_grants
-- All grants of the node that can still admit anything, for the book.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants WHERE revoked_at IS NULL AND valid_until > platform_now() ORDER BY id DESC;

-- name: grants_stamp$
-- The number that every change of a grant raises.
SELECT stamp FROM grants_stamp;

-- name: grant(region, id)^
-- One grant.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants WHERE region = :region AND id = :id;

-- name: lock_grant(region, id)^
-- One grant, locked until the transaction ends.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants WHERE region = :region AND id = :id FOR UPDATE;

-- name: narrow_grant(region, id, fields, rows, masks, quota, lists, valid_until)!
-- A grant gives less from now on.
UPDATE grants SET fields = :fields::text[], "rows" = :rows, masks = :masks::jsonb, quota = :quota, lists = :lists,
       valid_until = :valid_until, revision = revision + 1
 WHERE region = :region AND id = :id;

-- name: grants_of_theme(region, theme)
-- The grants of a theme that still stand.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants WHERE region = :region AND theme = :theme AND revoked_at IS NULL AND valid_until > platform_now()
ORDER BY id FOR UPDATE;

-- name: grants_ending(region, days)
-- Grants in force that end within so many days, of which nobody was told yet at that distance.
SELECT region, id, need, resource, consumer, purpose, basis, fields, journey, pack, version,
       valid_from, valid_until, revoked_at, basket, theme, "rows", masks, quota, lists, revision
FROM grants g WHERE region = :region AND revoked_at IS NULL AND valid_until > platform_now()
 AND valid_until <= platform_now() + make_interval(days => :days)
 AND valid_until - valid_from > make_interval(days => :days)
 AND NOT EXISTS (SELECT FROM grant_reminders r WHERE r.region = g.region AND r.grant_id = g.id
                    AND r.valid_until = g.valid_until AND r.days <= :days)
ORDER BY valid_until, id LIMIT 100 FOR UPDATE SKIP LOCKED;

-- name: remind(region, grant_id, valid_until, days, now)!
-- Somebody was told that a grant ends.
INSERT INTO grant_reminders (region, grant_id, valid_until, days, told_at)
VALUES (:region, :grant_id, :valid_until, :days, :now) ON CONFLICT DO NOTHING;

-- name: offers(region, resources)
-- How the catalogue offers some resources: what is published, or that nothing is.
SELECT resource, published IS NOT NULL AS published, content FROM catalogue_entries
 WHERE region = :region AND resource = ANY(:resources::text[]);

-- name: revoke_grant(region, id, now)^
-- End a grant at once; a grant that was revoked before keeps its moment.
UPDATE grants SET revoked_at = :now, revision = revision + 1 WHERE region = :region AND id = :id AND revoked_at IS NULL
RETURNING id, resource, consumer;

-- name: restore_grant(region, id, now, until)^
-- Give a revoked or expired grant back, until a moment to come.
UPDATE grants SET revoked_at = NULL, valid_until = :until, revision = revision + 1
WHERE region = :region AND id = :id AND (revoked_at IS NOT NULL OR valid_until <= :now)
RETURNING id, resource, consumer;

-- name: record_use(region, id, case_id, material, person_key, person_account, consumer, provider, source, purpose, basis, legal, fields, outcome, reason, digest, asked_at, answered_ms, fresh_until, sealed, entry_region, entry_id, entry_at, entry_kind, entry_subject, entry_data, entry_salt, entry_digest, entry_person_key, entry_retain_until)!
-- One use together with its ledger entry: both or neither.
WITH entry AS (
    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
    VALUES (:entry_region, :entry_id, :entry_at, :entry_kind, :entry_subject, :entry_data::text::jsonb,
            :entry_salt, :entry_digest, :entry_person_key, :entry_retain_until))
INSERT INTO look_ups (region, id, case_id, material, person_key, person_account, consumer, provider, source,
                      purpose, basis, legal, fields, outcome, reason, digest, asked_at, answered_ms,
                      fresh_until, sealed)
VALUES (:region, :id, :case_id, :material, :person_key, :person_account, :consumer, :provider, :source,
        :purpose, :basis, :legal, :fields::text[], :outcome, :reason, :digest, :asked_at, :answered_ms,
        :fresh_until, :sealed);

-- name: uses_of(subjects, before, consumer, since, until, limit)
-- What was asked about some persons or enterprises in any region, newest first, after a keyset position. No values,
-- no names. Each one's page is read from the index; the pages are merged.
SELECT page.*, (SELECT i.peer FROM exchange_intents i
                 WHERE i.region = page.region AND i.id = page.id AND i.side = 'consumer') AS peer
FROM unnest(:subjects::bytea[]) AS own (subject) CROSS JOIN LATERAL (
SELECT region, id, case_id, provider, consumer, source, purpose, basis, legal, fields, outcome, asked_at, purged_at
FROM look_ups
WHERE person_key = own.subject AND (:before::uuid IS NULL OR id < :before)
  AND (:consumer::text IS NULL OR consumer = :consumer)
  AND (:since::timestamptz IS NULL OR asked_at >= :since) AND (:until::timestamptz IS NULL OR asked_at < :until)
ORDER BY id DESC LIMIT :limit) page
ORDER BY id DESC LIMIT :limit;

-- name: consumers_of(subjects)
-- The departments that ever asked about some persons or enterprises, by region.
SELECT DISTINCT region, consumer FROM look_ups WHERE person_key = ANY(:subjects::bytea[]) ORDER BY region, consumer;

-- name: evidence_of(region, case_id)
-- The latest use of each material, source and person of a case.
SELECT DISTINCT ON (material, source, person_key)
       region, id, case_id, material, person_key, person_account, consumer, provider, source, purpose, basis,
       legal, fields, outcome, reason, digest, asked_at, answered_ms, fresh_until, sealed, purged_at
FROM look_ups WHERE region = :region AND case_id = :case_id AND case_id <> id
ORDER BY material, source, person_key, id DESC;

-- name: purge_case(region, case_id, now)
-- Destroy the values that were fetched for a case and keep the uses.
UPDATE look_ups SET sealed = NULL, purged_at = :now
WHERE region = :region AND case_id = :case_id AND case_id <> id AND sealed IS NOT NULL RETURNING id;

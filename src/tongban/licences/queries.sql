-- name: insert_licences(region, id, type, type_name, number, version, code, holder_key, holder_name, holder_kind, issuer, issuer_name, issuer_uscc, issued_at, valid_until, data, source, entry_id, entry_at, entry_kind, entry_subject, entry_data, entry_salt, entry_digest, entry_person_key, entry_retain_until, outbox_id, payload)!
-- Licences with their ledger entries and outbox messages, all of one region; other arguments are arrays.
WITH issued AS (
    INSERT INTO licences (region, id, type, type_name, number, version, code, holder_key, holder_name, holder_kind,
                          issuer, issuer_name, issuer_uscc, issued_at, valid_until, data, source)
    SELECT :region, new.*
    FROM unnest(:id::uuid[], :type::text[], :type_name::text[], :number::text[], :version::smallint[],
                :code::text[], :holder_key::bytea[], :holder_name::text[], :holder_kind::text[], :issuer::text[], :issuer_name::text[],
                :issuer_uscc::text[], :issued_at::timestamptz[], :valid_until::date[], :data::bytea[],
                :source::uuid[]) AS new),
recorded AS (
    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
    SELECT :region, id, at, kind, subject, data::jsonb, salt, digest, person_key, retain_until
    FROM unnest(:entry_id::uuid[], :entry_at::timestamptz[], :entry_kind::text[], :entry_subject::uuid[],
                :entry_data::text[], :entry_salt::bytea[], :entry_digest::bytea[], :entry_person_key::bytea[],
                :entry_retain_until::date[])
      AS new (id, at, kind, subject, data, salt, digest, person_key, retain_until))
INSERT INTO outbox (region, id, topic, payload)
SELECT :region, id, 'licence.issued', payload::jsonb
FROM unnest(:outbox_id::uuid[], :payload::text[]) AS new (id, payload);

-- name: licence(region, id)
-- One licence without its document.
SELECT * FROM licence_rows WHERE region = :region AND id = :id;

-- name: licence_to_change(region, id)
-- One licence without its document, held until the transaction ends.
SELECT * FROM licence_rows WHERE region = :region AND id = :id FOR UPDATE;

-- name: licence_by_code(region, code)
-- One licence by its verification code, whose first six digits are the region.
SELECT * FROM licence_rows WHERE region = :region AND code = :code;

-- name: licences_held(holders, before, limit)
-- Some holders' licences in any region, newest first, from before a keyset position. Each holder's page is read
-- from the index; the pages are merged.
SELECT page.* FROM unnest(:holders::bytea[]) AS own (holder) CROSS JOIN LATERAL (
SELECT * FROM licence_rows WHERE holder_key = own.holder AND (:before::uuid IS NULL OR id < :before)
ORDER BY id DESC LIMIT :limit) page
ORDER BY id DESC LIMIT :limit;

-- name: licence_in_force(holder_key, type)
-- A holder's newest licence of one type that is in force today, in any region.
SELECT * FROM licence_rows WHERE holder_key = :holder_key AND type = :type AND state = 'valid'
  AND (valid_until IS NULL OR valid_until >= today)
ORDER BY id DESC LIMIT 1;

-- name: licences_from(region, source)
-- The licences that came from one source, oldest first.
SELECT * FROM licence_rows WHERE region = :region AND source = :source ORDER BY id;

-- name: documents_made(region, sources)
-- How many documents of each type were made out of some sources.
SELECT source, type, count(*) AS made FROM licences
WHERE region = :region AND source = ANY(:sources) AND pdf_made_at IS NOT NULL GROUP BY source, type;

-- name: change_state(state, at, reason, region, id, entry_id, entry_at, entry_kind, entry_subject, entry_data, entry_salt, entry_digest, entry_person_key, entry_retain_until, outbox_id, payload)!
-- Give a licence another state, with its ledger entry and outbox message.
WITH changed AS (
    UPDATE licences SET state = :state, state_at = :at, state_reason = :reason
    WHERE region = :region AND id = :id RETURNING id),
recorded AS (
    INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
    SELECT :region, :entry_id, :entry_at, :entry_kind, :entry_subject, :entry_data::jsonb, :entry_salt,
           :entry_digest, :entry_person_key, :entry_retain_until::date FROM changed)
INSERT INTO outbox (region, id, topic, payload)
SELECT :region, :outbox_id, :entry_kind, :payload::jsonb FROM changed;

-- name: store_document(pdf, sha256, at, region, id, entry_id, entry_at, entry_kind, entry_subject, entry_data, entry_salt, entry_digest, entry_person_key, entry_retain_until)!
-- Keep the signed document once: whoever comes second changes nothing and records nothing.
WITH stored AS (
    UPDATE licences SET pdf = :pdf, pdf_sha256 = :sha256, pdf_made_at = :at
    WHERE region = :region AND id = :id AND pdf IS NULL RETURNING id)
INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
SELECT :region, :entry_id, :entry_at, :entry_kind, :entry_subject, :entry_data::jsonb, :entry_salt,
       :entry_digest, :entry_person_key, :entry_retain_until::date FROM stored;

-- name: document(region, id)
-- The signed document of a licence; nulls while it is not made.
SELECT region, id, pdf, pdf_sha256, pdf_made_at FROM licences WHERE region = :region AND id = :id;

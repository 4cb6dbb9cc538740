-- name: present(region, id, licence, holder_key, digest, fields, at, lasts)!
-- Begin a presentation: an earlier one of the same licence is over, what nobody looked at is forgotten after a day.
WITH over AS (
    UPDATE licence_presentations SET expires_at = statement_timestamp()
    WHERE region = :region AND licence = :licence AND shown_at IS NULL AND expires_at > statement_timestamp()),
forgotten AS (
    DELETE FROM licence_presentations WHERE region = :region AND licence = :licence AND shown_at IS NULL
       AND expires_at < statement_timestamp() - interval '1 day')
INSERT INTO licence_presentations (region, id, licence, holder_key, digest, fields, made_at, expires_at)
VALUES (:region, :id, :licence, :holder_key, :digest, :fields, :at, statement_timestamp() + :lasts::interval);

-- name: look(region, digest, at, office)
-- Take a presentation, once: whoever comes second finds nothing.
UPDATE licence_presentations SET shown_at = :at, office = :office
WHERE region = :region AND digest = :digest AND shown_at IS NULL AND expires_at > statement_timestamp()
RETURNING id, licence, holder_key, fields;

-- name: standing(region, digest)
-- Whether a presentation was looked at, and whether its time is over.
SELECT shown_at IS NOT NULL AS used, expires_at <= statement_timestamp() AS over FROM licence_presentations
WHERE region = :region AND digest = :digest;

-- name: looks(region, licence, limit)
-- The presentations of a licence that somebody looked at, newest first.
SELECT id, fields, made_at, shown_at, office, false AS open FROM licence_presentations
WHERE region = :region AND licence = :licence AND shown_at IS NOT NULL ORDER BY id DESC LIMIT :limit;

-- name: presentation(region, licence, id)
-- One presentation of a licence.
SELECT id, fields, made_at, shown_at, office, shown_at IS NULL AND expires_at > statement_timestamp() AS open
FROM licence_presentations WHERE region = :region AND id = :id AND licence = :licence;

-- name: put_notice!
-- Keep a notice's text once.
INSERT INTO notice_texts (digest, journey, pack, version, content)
VALUES (:digest, :journey, :pack, :version, :content::jsonb) ON CONFLICT DO NOTHING;

-- name: put_reading!
-- Somebody was shown a notice.
INSERT INTO notice_readings (region, id, case_id, account, digest, language, at)
VALUES (:region, :id, :case_id, :account, :digest, :language, :now);

-- name: give^
-- One consent; none comes back when it stands already.
INSERT INTO consents (region, id, case_id, material, journey, owner, account, subject_key, digest, language, given_at)
VALUES (:region, :id, :case_id, :material, :journey, :owner, :account, :subject_key, :digest, :language, :now)
ON CONFLICT (region, case_id, material) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id;

-- name: withdraw
-- Take back what stands for an application, but what is still agreed to (`kept`).
UPDATE consents SET withdrawn_at = greatest(:now, given_at)
 WHERE region = :region AND case_id = :case_id AND withdrawn_at IS NULL AND NOT material = ANY(:kept::text[])
RETURNING id, material, subject_key;

-- name: stands$
-- Whether the person whose data it is agreed, and has not taken it back.
SELECT true FROM consents WHERE region = :region AND case_id = :case_id AND material = :material
   AND subject_key = :subject_key AND withdrawn_at IS NULL;

-- name: holds$
-- As `stands`, and whoever takes it back waits until this transaction has ended.
SELECT true FROM consents WHERE region = :region AND case_id = :case_id AND material = :material
   AND subject_key = :subject_key AND withdrawn_at IS NULL FOR SHARE;

-- name: consents_of
-- What somebody agreed to, for themselves or for enterprises, newest first.
SELECT region, id, case_id, material, journey, account, given_at, withdrawn_at, language, digest
  FROM consents WHERE owner = ANY(:owners::uuid[]) ORDER BY given_at DESC, id DESC LIMIT :limit;

-- name: consents_about
-- What was agreed to for one application, oldest first.
SELECT region, id, case_id, material, journey, account, given_at, withdrawn_at, language, digest
  FROM consents WHERE region = :region AND case_id = :case_id ORDER BY given_at, id;

-- name: carry!
-- What was agreed to for an application goes with it to another region, with the moment it was given.
INSERT INTO consents (region, id, case_id, material, journey, owner, account, subject_key, digest, language, given_at)
SELECT :region, gen_random_uuid(), :case_id, material, journey, owner, account, subject_key, digest, language, given_at
  FROM consents WHERE region = :from_region AND case_id = :from_case AND withdrawn_at IS NULL
ON CONFLICT DO NOTHING;

-- name: destroy_values
-- Destroy what was looked up by a consent that was taken back; the uses stay on record.
UPDATE look_ups SET sealed = NULL, purged_at = :now
 WHERE region = :region AND case_id = :case_id AND material = ANY(:materials::text[]) AND legal = 'consent'
   AND sealed IS NOT NULL RETURNING id;

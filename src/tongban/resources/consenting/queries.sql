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
INSERT INTO consents (region, id, case_id, material, journey, owner, account, subject_key, digest, language, given_at,
                      own_from, until, request)
VALUES (:region, :id, :case_id, :material, :journey, :owner, :account, :subject_key, :digest, :language, :now,
        :own_from, :until, :request)
ON CONFLICT (region, case_id, material) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id;

-- name: withdraw
-- Take back what stands for an application, but what is still agreed to (`kept`).
UPDATE consents SET withdrawn_at = greatest(:now, given_at)
 WHERE region = :region AND case_id = :case_id AND withdrawn_at IS NULL AND NOT material = ANY(:kept::text[])
   AND (:owner::uuid IS NULL OR owner = :owner)
RETURNING id, material, subject_key;

-- name: stands$
-- Whether the person whose data it is agreed, has not taken it back, and does not want their use restricted.
SELECT true FROM consents WHERE region = :region AND case_id = :case_id AND material = :material
   AND subject_key = :subject_key AND withdrawn_at IS NULL AND (until IS NULL OR until > platform_now())
   AND NOT EXISTS (SELECT FROM use_restrictions WHERE person_key = :subject_key AND lifted_at IS NULL);

-- name: restrict!
-- No look-up of somebody's data by consent from now on, by the request that is the ticket.
INSERT INTO use_restrictions (region, ticket, person_key, since)
VALUES (:region, :ticket, :person_key, :now) ON CONFLICT DO NOTHING;

-- name: restricted_since$
-- Since when somebody's data are not looked up by consent; none comes back when they are.
SELECT min(since) FROM use_restrictions WHERE person_key = :person_key AND lifted_at IS NULL;

-- name: lift
-- The person wants it no more.
UPDATE use_restrictions SET lifted_at = greatest(:now, since) WHERE person_key = :person_key AND lifted_at IS NULL
RETURNING region, ticket;

-- name: holds$
-- As `stands`, and whoever takes it back waits until this transaction has ended.
SELECT true FROM consents WHERE region = :region AND case_id = :case_id AND material = :material
   AND subject_key = :subject_key AND withdrawn_at IS NULL AND (until IS NULL OR until > platform_now())
   AND NOT EXISTS (SELECT FROM use_restrictions WHERE person_key = :subject_key AND lifted_at IS NULL) FOR SHARE;

-- name: consents_of
-- What somebody agreed to, for themselves or for enterprises, newest first.
SELECT region, id, case_id, material, journey, account, given_at, withdrawn_at, language, digest, until, owner,
       request
  FROM consents WHERE owner = ANY(:owners::uuid[]) ORDER BY given_at DESC, id DESC LIMIT :limit;

-- name: consents_about
-- What was agreed to for one application, oldest first.
SELECT region, id, case_id, material, journey, account, given_at, withdrawn_at, language, digest, until, owner,
       request
  FROM consents WHERE region = :region AND case_id = :case_id ORDER BY given_at, id;

-- name: carry!
-- What was agreed to for an application goes with it to another region, with the moment it was given.
INSERT INTO consents (region, id, case_id, material, journey, owner, account, subject_key, digest, language, given_at,
                      own_from, until, told_at, request)
SELECT :region, gen_random_uuid(), :case_id, material, journey, owner, account, subject_key, digest, language, given_at,
       own_from, until, told_at, request
  FROM consents WHERE region = :from_region AND case_id = :from_case AND withdrawn_at IS NULL
ON CONFLICT DO NOTHING;

-- name: grown
-- Consents of guardians whose child decides from now on and was not told; marked as told.
UPDATE consents SET told_at = :now
 WHERE (region, id) IN (SELECT region, id FROM consents WHERE own_from <= :now AND withdrawn_at IS NULL
                           AND told_at IS NULL ORDER BY own_from LIMIT 100 FOR UPDATE SKIP LOCKED)
RETURNING region, id, case_id, material, journey, owner, until;

-- name: run_out
-- End consents whose time is over: of guardians, and of whoever was asked for another's application.
UPDATE consents SET withdrawn_at = greatest(until, given_at)
 WHERE (region, id) IN (SELECT region, id FROM consents WHERE until <= :now AND withdrawn_at IS NULL
                           ORDER BY until LIMIT 100 FOR UPDATE SKIP LOCKED)
RETURNING region, id, case_id, material, subject_key, request;

-- name: destroy_values
-- Destroy what was looked up by a consent that was taken back; the uses stay on record.
UPDATE look_ups SET sealed = NULL, purged_at = :now
 WHERE region = :region AND case_id = :case_id AND material = ANY(:materials::text[]) AND legal = 'consent'
   AND sealed IS NOT NULL RETURNING id;

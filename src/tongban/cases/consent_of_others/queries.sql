-- name: asked_for
-- Who was asked for one application, oldest first.
SELECT region, id, material, asked_key, answer, ended_at IS NULL AND (answer IS NOT NULL OR until > :now) AS counts
  FROM consent_requests WHERE region = :region AND case_id = :case_id ORDER BY asked_at, id;

-- name: one_asker_at_a_time$
-- Whoever asks waits for their own other pages, so that the bounds below hold.
SELECT pg_advisory_xact_lock(hashtextextended('consent_requests ' || :asker::text, 0));

-- name: ask^
-- One request; none comes back when one is open, when too many were made, or when the person restricted their data.
INSERT INTO consent_requests (region, id, case_id, material, pack, version, journey, asker, asked_key, asked_at, until)
SELECT :region, :id, :case_id, :material, :pack, :version, :journey, :asker, :asked_key, :now, :until
 WHERE (SELECT count(*) FROM consent_requests WHERE asker = :asker AND asked_at > :day) < :most_a_day
   AND (SELECT count(*) FROM consent_requests
         WHERE asker = :asker AND asked_key = :asked_key AND asked_at > :month) < :most_of_one
   AND NOT EXISTS (SELECT FROM use_restrictions WHERE person_key = :asked_key AND lifted_at IS NULL)
ON CONFLICT (region, case_id, material) WHERE answered_at IS NULL AND ended_at IS NULL DO NOTHING
RETURNING id;

-- name: asked_accounts
-- The accounts of whoever was asked, of those who proved who they are.
-- wall: anybody (whoever is asked is found by the hash of their number)
SELECT a.id FROM accounts a JOIN persons p ON p.id = a.person
 WHERE p.id_key = :asked_key AND a.disabled_at IS NULL AND a.assurance <> 'declared' ORDER BY a.created_at LIMIT 10;

-- name: end_request^
-- The application names somebody else by now; what was answered comes back, also in this very moment.
UPDATE consent_requests SET ended_at = :now WHERE region = :region AND id = :id AND ended_at IS NULL RETURNING answer;

-- name: waiting
-- What somebody is asked now, newest first, with whose application it is. Nobody is asked who restricted their data.
-- wall: anybody (whoever is asked reads whose application it is)
SELECT r.region, r.id, r.case_id, r.material, r.pack, r.version, r.journey, r.asked_key, r.asked_at, r.until, r.answer,
       r.ended_at, coalesce(n.name, w.name) AS asker, d.account, d.submitted_at IS NULL AND d.abandoned_at IS NULL
       AND r.ended_at IS NULL AND r.until > platform_now() AS open
  FROM consent_requests r JOIN drafts d ON d.region = r.region AND d.id = r.case_id
  JOIN accounts o ON o.id = d.account JOIN persons w ON w.id = o.person LEFT JOIN enterprises n ON n.id = d.enterprise
 WHERE r.asked_key = :asked_key AND r.answered_at IS NULL AND r.ended_at IS NULL AND r.until > platform_now()
   AND d.submitted_at IS NULL AND d.abandoned_at IS NULL
   AND NOT EXISTS (SELECT FROM use_restrictions u WHERE u.person_key = r.asked_key AND u.lifted_at IS NULL)
 ORDER BY r.asked_at DESC, r.id DESC LIMIT 20;

-- name: request^
-- One request with whose application it is, and whether an answer still counts.
-- wall: anybody (whoever is asked reads whose application it is)
SELECT r.region, r.id, r.case_id, r.material, r.pack, r.version, r.journey, r.asked_key, r.asked_at, r.until, r.answer,
       r.ended_at, coalesce(n.name, w.name) AS asker, d.account, d.submitted_at IS NULL AND d.abandoned_at IS NULL
       AND r.ended_at IS NULL AND r.until > platform_now()
       AND NOT EXISTS (SELECT FROM use_restrictions u WHERE u.person_key = r.asked_key AND u.lifted_at IS NULL) AS open
  FROM consent_requests r JOIN drafts d ON d.region = r.region AND d.id = r.case_id
  JOIN accounts o ON o.id = d.account JOIN persons w ON w.id = o.person LEFT JOIN enterprises n ON n.id = d.enterprise
 WHERE r.region = :region AND r.id = :id;

-- name: lock_request$
-- A request, locked together with the draft that it is about: nobody submits or answers meanwhile.
SELECT true FROM consent_requests r JOIN drafts d ON d.region = r.region AND d.id = r.case_id
 WHERE r.region = :region AND r.id = :id FOR UPDATE;

-- name: answer!
-- What was answered, once.
UPDATE consent_requests SET answer = :answer, answered_at = :now WHERE region = :region AND id = :id;

-- name: agreed_by_other!
-- The draft knows that a look-up is worth trying.
UPDATE drafts SET consents = array_append(array_remove(consents, :material), :material)
 WHERE region = :region AND id = :case_id;

-- name: not_agreed_by_other!
-- What was found by another's consent serves no more, and the draft knows no more of the consent.
WITH gone AS (DELETE FROM case_evidence WHERE region = :region AND case_id = :case_id AND material = :material)
UPDATE drafts SET consents = array_remove(consents, :material) WHERE region = :region AND id = :case_id;

-- name: close_past!
-- A request that nobody answered in its days ends, so that another may be made.
UPDATE consent_requests SET ended_at = :now WHERE region = :region AND case_id = :case_id AND material = :material
   AND answered_at IS NULL AND ended_at IS NULL AND until <= :now;

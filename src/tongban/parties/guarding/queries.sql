-- name: put_guardianship!
-- The register said so; said again, it stands anew.
INSERT INTO guardianships (child, guardian, relation, source, proved_at, until)
VALUES (:child, :guardian, :relation, :source, :now, :until)
ON CONFLICT (child, guardian) DO UPDATE SET relation = excluded.relation, source = excluded.source,
       proved_at = excluded.proved_at, until = excluded.until, ended_at = NULL, appointed = NULL;

-- name: propose!
-- One official enters a guardian; another is to confirm it.
INSERT INTO appointed_guardians (id, region, department, ward, guardian, basis, sealed, until, asked_by, asked_at,
                                 expires_at)
VALUES (:id, :region, :department, :ward, :guardian, :basis, :sealed, :until, :by, :now, :now + :waits::interval);

-- name: appointed^
-- One of them that is not over, locked until the transaction ends: by whom, about whom, and whether it stands.
-- wall: anybody (officials read of whom and for whom a guardian is appointed)
SELECT t.id, t.region, t.department, t.ward, t.guardian, t.basis, t.until, t.asked_by, t.expires_at, t.confirmed_at,
       t.until > :now AND (t.confirmed_at IS NOT NULL OR t.expires_at > :now) AS open, w.name AS ward_name,
       w.id_key AS ward_key, g.name AS guardian_name,
       (SELECT a.id FROM accounts a WHERE a.person = t.ward AND a.disabled_at IS NULL
         ORDER BY a.created_at LIMIT 1) AS ward_account,
       (SELECT a.id FROM accounts a WHERE a.person = t.guardian AND a.disabled_at IS NULL
         ORDER BY a.created_at LIMIT 1) AS guardian_account
  FROM appointed_guardians t JOIN persons w ON w.id = t.ward JOIN persons g ON g.id = t.guardian
 WHERE t.id = :id AND t.ended_at IS NULL FOR UPDATE OF t;

-- name: confirm!
-- Another official confirmed it.
UPDATE appointed_guardians SET confirmed_by = :by, confirmed_at = :now WHERE id = :id;

-- name: appoint^
-- From now on the guardian acts; nothing comes back when they are a guardian of this ward already.
INSERT INTO guardianships (child, guardian, relation, source, proved_at, until, appointed)
VALUES (:ward, :guardian, 'guardian', :basis, :now, :until, :id)
ON CONFLICT (child, guardian) DO UPDATE SET relation = 'guardian', source = excluded.source,
       proved_at = excluded.proved_at, until = excluded.until, ended_at = NULL, appointed = excluded.appointed
 WHERE guardianships.ended_at IS NOT NULL OR guardianships.until <= :now
RETURNING guardian;

-- name: end_appointed!
-- It is over, and so is what rests on it.
WITH g AS (UPDATE guardianships SET ended_at = :now WHERE appointed = :id AND ended_at IS NULL)
UPDATE appointed_guardians SET ended_by = :by, ended_at = :now, reason = :reason WHERE id = :id;

-- name: at_window
-- What waits for a second official at some windows, and what stands there; what waits first.
-- wall: anybody (officials read of whom and for whom a guardian is appointed)
SELECT t.id, t.region, t.department, t.basis, t.sealed, t.until, t.asked_by, t.asked_at,
       t.confirmed_at IS NOT NULL AS stands, w.name AS ward, g.name AS guardian
  FROM appointed_guardians t JOIN persons w ON w.id = t.ward JOIN persons g ON g.id = t.guardian
 WHERE t.region = :region AND t.department = ANY (:departments::text[]) AND t.ended_at IS NULL
   AND t.until > platform_now() AND (t.expires_at > platform_now() OR EXISTS (
       SELECT 1 FROM guardianships o WHERE o.appointed = t.id AND o.ended_at IS NULL))
 ORDER BY t.confirmed_at IS NOT NULL, t.asked_at DESC LIMIT 200;

-- name: guardians_of
-- Who acts for a person as parent or guardian now.
-- wall: anybody (a child reads who acts for it)
SELECT p.name, g.relation, g.source, g.until FROM guardianships g JOIN persons p ON p.id = g.guardian
 WHERE g.child = (SELECT a.person FROM accounts a WHERE a.id = :account) AND g.ended_at IS NULL
   AND g.until > platform_now() ORDER BY g.proved_at;

-- name: end_as_parent
-- A parent acts for no child any more: of each the child's account and key.
-- wall: anybody (a child is told that a parent acts for it no more)
UPDATE guardianships g SET ended_at = :now FROM persons p
 WHERE g.guardian = :guardian AND g.appointed IS NULL AND g.ended_at IS NULL AND g.until > :now AND p.id = g.child
RETURNING g.relation, p.id_key, (SELECT a.id FROM accounts a WHERE a.person = p.id AND a.disabled_at IS NULL
                                  ORDER BY a.created_at LIMIT 1) AS account;

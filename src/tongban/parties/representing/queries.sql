-- name: put_registered$
-- An enterprise as the register has it now; the row is locked until the transaction ends. The id of the row that stands.
INSERT INTO enterprises (id, uscc_key, name, sealed) VALUES (:id, :uscc_key, :name, :sealed)
ON CONFLICT (uscc_key) DO UPDATE SET name = excluded.name, sealed = excluded.sealed
RETURNING id;

-- name: end_others
-- Whoever represented the enterprise before does so no longer: the names and accounts.
-- wall: anybody (whoever represented the enterprise before is told)
UPDATE mandates m SET until = :now FROM persons p
 WHERE m.enterprise = :enterprise AND m.capacity = 'legal-representative' AND m.person = p.id AND p.id <> :person
   AND m.since < :now AND (m.until IS NULL OR m.until > :now)
RETURNING p.name, (SELECT a.id FROM accounts a WHERE a.person = p.id AND a.disabled_at IS NULL) AS account;

-- name: end_own^
-- The person represents the enterprise of this code no longer; its id and name, or nothing if they did not.
UPDATE mandates m SET until = :now FROM enterprises e
 WHERE e.uscc_key = :uscc_key AND m.enterprise = e.id AND m.capacity = 'legal-representative' AND m.person = :person
   AND m.since < :now AND (m.until IS NULL OR m.until > :now)
RETURNING e.id, e.name;

-- name: put_representative^
-- From now on the person represents the enterprise; nothing comes back when they did already.
WITH standing AS (
    UPDATE mandates SET asked_at = :now
     WHERE enterprise = :enterprise AND person = :person AND capacity = 'legal-representative'
       AND since <= :now AND (until IS NULL OR until > :now)
    RETURNING person)
INSERT INTO mandates (enterprise, person, capacity, since, asked_at)
SELECT :enterprise, :person, 'legal-representative', :now, :now WHERE NOT EXISTS (SELECT 1 FROM standing)
RETURNING person;

-- name: due
-- Those by the register's word that is older than :before, the oldest first, with what opens code and number.
-- wall: anybody (the register is asked again about whoever represents an enterprise)
SELECT m.enterprise, m.person, m.since, e.name, e.uscc_key, e.sealed AS enterprise_sealed, p.id_key, p.name AS person_name,
       p.sealed AS person_sealed, (SELECT a.id FROM accounts a WHERE a.person = p.id AND a.disabled_at IS NULL) AS account
  FROM mandates m JOIN enterprises e ON e.id = m.enterprise JOIN persons p ON p.id = m.person
 WHERE m.capacity = 'legal-representative' AND m.asked_at < :before AND (m.until IS NULL OR m.until > :now)
 ORDER BY m.asked_at, m.enterprise LIMIT :most;

-- name: answered^
-- The register answered: what stands goes on or ends. Nothing comes back when somebody proved it in the meantime.
UPDATE mandates SET asked_at = :now, until = CASE WHEN :stands THEN until ELSE :now::timestamptz END
 WHERE enterprise = :enterprise AND person = :person AND capacity = 'legal-representative' AND since = :since
   AND (until IS NULL OR until > :now) AND asked_at < :before
RETURNING person;

-- name: resign
-- The person represents no enterprise any more: of each the id, name and key.
UPDATE mandates m SET until = :now FROM enterprises e
 WHERE m.person = :person AND m.capacity = 'legal-representative' AND m.enterprise = e.id
   AND m.since < :now AND (m.until IS NULL OR m.until > :now)
RETURNING e.id, e.name, e.uscc_key;

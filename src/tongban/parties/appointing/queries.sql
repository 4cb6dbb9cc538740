-- name: offer!
-- Somebody is asked to act for an enterprise or for a person.
INSERT INTO appointments (id, enterprise, principal, capacity, name, person_key, mobile_key, services, until, offered_by,
                          offered_at)
VALUES (:id, :enterprise, :principal, :capacity, :name, :person_key, :mobile_key, :services, :until, :by, :now);

-- name: waiting$
-- How many offers of an enterprise or person wait for an answer.
SELECT count(*) FROM appointments
 WHERE (enterprise = :enterprise OR principal = :principal) AND answered_at IS NULL AND ended_at IS NULL
   AND (until IS NULL OR until > platform_now());

-- name: appointment^
-- One appointment, locked until the transaction ends, with whom it is for and who may be told of it.
-- wall: anybody (both sides of an appointment read the other)
SELECT t.id, t.enterprise, t.principal, t.capacity, t.name, t.person_key, t.mobile_key, t.services, t.until,
       t.offered_by, t.offered_at, t.person, t.answered_at, t.accepted, t.ended_at,
       coalesce((SELECT e.name FROM enterprises e WHERE e.id = t.enterprise),
                (SELECT p.name FROM accounts a JOIN persons p ON p.id = a.person WHERE a.id = t.principal)) AS for_name
  FROM appointments t WHERE t.id = :id FOR UPDATE OF t;

-- name: still_governs$
-- Whether who offered may still appoint: the person themself, or who governs the enterprise now.
-- wall: anybody (both sides of an appointment read the other)
SELECT CASE WHEN :principal::uuid IS NOT NULL THEN :by = :principal::uuid ELSE EXISTS (
    SELECT 1 FROM mandates m JOIN accounts a ON a.person = m.person
     WHERE a.id = :by AND a.disabled_at IS NULL AND m.enterprise = :enterprise AND m.capacity = ANY(:capacities)
       AND m.since <= :now AND (m.until IS NULL OR m.until > :now)) END;

-- name: answer!
-- The person asked accepts or declines.
UPDATE appointments SET person = :person, accepted = :accepted, answered_at = :now WHERE id = :id;

-- name: replace
-- A newer appointment of the same person takes the place of the one before.
UPDATE appointments SET ended_at = :now, ended_by = :by
 WHERE person = :person AND (enterprise = :enterprise OR principal = :principal) AND accepted AND ended_at IS NULL
   AND id <> :id
RETURNING id;

-- name: put_in_force!
-- From now on the mandate stands.
INSERT INTO mandates (enterprise, person, capacity, since, until, services, appointment)
VALUES (:enterprise, :person, :capacity, :now, :until, :services, :id);

-- name: end_mandates!
-- What rests on these appointments ends this moment.
DELETE FROM mandates WHERE appointment = ANY(:ids);

-- name: end!
-- The appointment is over.
UPDATE appointments SET ended_at = :now, ended_by = :by WHERE id = :id;

-- name: accounts_of_key
-- The account of whoever has an identity, if anybody.
-- wall: anybody (whoever is appointed is found by the hash of their number)
SELECT a.id FROM accounts a JOIN persons p ON p.id = a.person WHERE p.id_key = :key AND a.disabled_at IS NULL;

-- name: accounts_of_person
-- The account of a person.
-- wall: anybody (whoever is appointed is told)
SELECT id FROM accounts WHERE person = :person AND disabled_at IS NULL;

-- name: heads_of
-- The legal representatives of an enterprise now: their names and accounts.
-- wall: anybody (whoever acts for an enterprise reads who represents it)
SELECT p.name, a.id AS account FROM mandates m JOIN persons p ON p.id = m.person
  LEFT JOIN accounts a ON a.person = p.id AND a.disabled_at IS NULL
 WHERE m.enterprise = :enterprise AND m.capacity = 'legal-representative' AND m.since <= platform_now()
   AND (m.until IS NULL OR m.until > platform_now()) ORDER BY p.name;

-- name: appointments_for
-- Whom an enterprise, or a person, let or asked to act: those that matter first, then what is over, newest first.
-- wall: anybody (both sides of an appointment read the other)
SELECT t.id, t.enterprise, t.principal, '' AS for_name, t.capacity, t.name, t.services, t.until, t.offered_at,
       o.name AS offered_by, t.mobile_key IS NOT NULL AS by_mobile,
       CASE WHEN t.accepted IS FALSE THEN 'declined'
            WHEN t.ended_at IS NOT NULL OR t.until <= platform_now() THEN 'ended'
            WHEN t.accepted THEN 'standing' ELSE 'offered' END AS state
  FROM appointments t LEFT JOIN accounts a ON a.id = t.offered_by LEFT JOIN persons o ON o.id = a.person
 WHERE t.enterprise = :enterprise OR t.principal = :principal
 ORDER BY t.accepted IS FALSE OR t.ended_at IS NOT NULL OR coalesce(t.until <= platform_now(), false),
          t.offered_at DESC, t.id LIMIT 200;

-- name: offered_to
-- What waits for an answer of one person: asked for by identity, or by telephone, and by name.
-- wall: anybody (both sides of an appointment read the other)
SELECT t.id, t.enterprise, t.principal, coalesce(e.name, w.name) AS for_name, t.capacity, t.name, t.services, t.until,
       t.offered_at, o.name AS offered_by, t.mobile_key IS NOT NULL AS by_mobile, 'offered' AS state
  FROM appointments t LEFT JOIN enterprises e ON e.id = t.enterprise
  LEFT JOIN accounts c ON c.id = t.principal LEFT JOIN persons w ON w.id = c.person
  LEFT JOIN accounts a ON a.id = t.offered_by LEFT JOIN persons o ON o.id = a.person
 WHERE (t.person_key = :key OR t.mobile_key = :mobile) AND t.name = :name AND t.answered_at IS NULL
   AND t.ended_at IS NULL AND (t.until IS NULL OR t.until > platform_now())
 ORDER BY t.offered_at DESC LIMIT 50;

-- name: held_by
-- What one person accepted and still holds.
-- wall: anybody (both sides of an appointment read the other)
SELECT t.id, t.enterprise, t.principal, coalesce(e.name, w.name) AS for_name, t.capacity, t.name, t.services, t.until,
       t.offered_at, o.name AS offered_by, t.mobile_key IS NOT NULL AS by_mobile, 'standing' AS state
  FROM appointments t LEFT JOIN enterprises e ON e.id = t.enterprise
  LEFT JOIN accounts c ON c.id = t.principal LEFT JOIN persons w ON w.id = c.person
  LEFT JOIN accounts a ON a.id = t.offered_by LEFT JOIN persons o ON o.id = a.person
 WHERE t.person = :person AND t.accepted AND t.ended_at IS NULL AND (t.until IS NULL OR t.until > platform_now())
 ORDER BY t.offered_at DESC LIMIT 50;

-- name: standing_of
-- What somebody accepted and still holds, and whom they let or asked to act for themself.
SELECT id FROM appointments
 WHERE ((person = :person AND accepted) OR (principal = :account AND accepted IS NOT FALSE)) AND ended_at IS NULL
   AND (until IS NULL OR until > platform_now())
 ORDER BY offered_at, id;

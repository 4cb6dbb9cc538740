-- name: hold^
-- The account's row, locked: it is closed once, and what keeps it open is asked meanwhile.
SELECT platform_now() AS now FROM accounts WHERE id = :account AND disabled_at IS NULL AND NOT kept FOR UPDATE;

-- name: bound^
-- Whether the account is somebody's in office, and whether a guardian stands for its person.
SELECT EXISTS (SELECT 1 FROM posts_now o WHERE o.account = a.id)
       OR EXISTS (SELECT 1 FROM staff s WHERE s.account = a.id AND s.left_at IS NULL AND s.removed_at IS NULL) AS staff,
       EXISTS (SELECT 1 FROM guardianships g WHERE g.child = a.person AND g.ended_at IS NULL
                  AND g.until > platform_now()) AS guarded
  FROM accounts a WHERE a.id = :account;

-- name: open_cases
-- Cases of a person that have not ended, the oldest first.
SELECT region, id, number FROM cases
 WHERE account = :account AND enterprise IS NULL AND closed_at IS NULL ORDER BY submitted_at, id LIMIT :most;

-- name: open_requests
-- What a person asked about their data and nobody has answered.
SELECT c.region, c.id, c.number FROM rights_requests r JOIN cases c ON c.region = r.region AND c.id = r.ticket
 WHERE r.account = :account AND r.outcome IS NULL ORDER BY r.at, r.ticket LIMIT :most;

-- name: open_of_wards
-- Whose guardian a person is, with how many cases of theirs have not ended.
SELECT w.name, count(*) AS n FROM represented_now r JOIN accounts b ON b.id = r.account JOIN persons w ON w.id = b.person
  JOIN cases c ON c.account = r.account AND c.enterprise IS NULL AND c.closed_at IS NULL
 WHERE r.by_person = :person AND r.capacity = 'guardian' GROUP BY r.account, w.name ORDER BY w.name, r.account;

-- name: left_alone
-- Enterprises with cases that have not ended, which nobody but this person governs who can sign in.
-- wall: anybody (whether somebody else governs an enterprise is asked of others)
SELECT e.name, (SELECT count(*) FROM cases c WHERE c.enterprise = e.id AND c.closed_at IS NULL) AS n
  FROM enterprises e
 WHERE EXISTS (SELECT 1 FROM cases c WHERE c.enterprise = e.id AND c.closed_at IS NULL)
   AND EXISTS (SELECT 1 FROM mandates m WHERE m.enterprise = e.id AND m.person = :person
                  AND m.capacity IN ('legal-representative', 'administrator') AND m.since <= platform_now()
                  AND (m.until IS NULL OR m.until > platform_now()))
   AND NOT EXISTS (SELECT 1 FROM mandates m JOIN accounts a ON a.person = m.person
                    WHERE m.enterprise = e.id AND m.person <> :person AND a.disabled_at IS NULL AND NOT a.kept
                      AND m.capacity IN ('legal-representative', 'administrator') AND m.since <= platform_now()
                      AND (m.until IS NULL OR m.until > platform_now()))
 ORDER BY e.name, e.id;

-- name: consented
-- Applications of a person under which a consent still stands.
SELECT DISTINCT region, case_id FROM consents
 WHERE owner = :account AND withdrawn_at IS NULL ORDER BY region, case_id;

-- name: forget_copies!
-- Copies of the person's data that were made for them alone.
DELETE FROM rights_copies WHERE account = :account;

-- name: name_needed$
-- Whether any record is left that is about the person or in their name.
SELECT EXISTS (SELECT 1 FROM cases WHERE account = :account) OR EXISTS (SELECT 1 FROM licences WHERE holder_key = :key)
    OR EXISTS (SELECT 1 FROM look_ups WHERE person_key = :key)
    OR EXISTS (SELECT 1 FROM rights_requests WHERE account = :account OR asked_by = :account)
    OR EXISTS (SELECT 1 FROM objections WHERE account = :account)
    OR EXISTS (SELECT 1 FROM appointments WHERE person = :person OR principal = :account OR offered_by = :account)
    OR EXISTS (SELECT 1 FROM mandates WHERE person = :person)
    OR EXISTS (SELECT 1 FROM guardianships WHERE child = :person OR guardian = :person)
    OR EXISTS (SELECT 1 FROM appointed_guardians WHERE ward = :person OR guardian = :person)
    OR EXISTS (SELECT 1 FROM staff WHERE account = :account);

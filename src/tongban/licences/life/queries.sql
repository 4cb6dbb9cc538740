-- name: ask(region, id, licence, department, kind, reasons, basis, corrected, asked_by, asked_person, asked_at)!
-- Put a wish on record. One waits for a licence at a time (a unique index says so).
INSERT INTO licence_changes (region, id, licence, department, kind, reasons, basis, corrected, asked_by, asked_person,
                             asked_at)
VALUES (:region, :id, :licence, :department, :kind, :reasons, :basis, :corrected, :asked_by, :asked_person, :asked_at);

-- name: answer(region, id, outcome, answer, decided_by, decided_at, successor)!
-- What became of a wish, once.
UPDATE licence_changes SET outcome = :outcome, answer = :answer, decided_by = :decided_by, decided_at = :decided_at,
       successor = :successor
WHERE region = :region AND id = :id AND outcome IS NULL;

-- name: change_to_answer(region, id)
-- A wish, held until the transaction ends.
SELECT * FROM licence_changes WHERE region = :region AND id = :id FOR UPDATE;

-- name: changes_of(region, licence, limit)
-- What was asked for a licence, newest first.
SELECT * FROM licence_changes WHERE region = :region AND licence = :licence ORDER BY id DESC LIMIT :limit;

-- name: waiting(region, departments, limit)
-- What waits for a second person in some departments, oldest first.
SELECT c.region, c.id, c.licence, c.kind, l.type_name, l.number, c.asked_at, c.asked_by
FROM licence_changes c JOIN licences l ON l.region = c.region AND l.id = c.licence
WHERE c.region = :region AND c.department = ANY (:departments::text[]) AND c.outcome IS NULL ORDER BY c.id LIMIT :limit;

-- name: by_number(region, number)
-- A licence by its number.
SELECT * FROM licence_rows WHERE region = :region AND number = :number;

-- name: holders_accounts(holder_key)
-- The accounts of a holder: the person's own, or those of everybody who may act for the enterprise now in all matters.
-- wall: anybody (a holder is told, whoever changes the licence)
SELECT a.id FROM persons p JOIN accounts a ON a.person = p.id WHERE p.id_key = :holder_key AND a.disabled_at IS NULL
UNION
SELECT a.id FROM enterprises e JOIN mandates m ON m.enterprise = e.id JOIN accounts a ON a.person = m.person
WHERE e.uscc_key = :holder_key AND m.services IS NULL AND m.since <= platform_now() AND (m.until IS NULL OR m.until > platform_now())
  AND a.disabled_at IS NULL;

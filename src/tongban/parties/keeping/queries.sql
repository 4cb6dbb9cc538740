-- name: person^
-- The person with this identity, made if unknown; a known one keeps the name. Locked until the transaction ends.
-- wall: anybody (an official keeps an account for somebody who has none)
INSERT INTO persons (id, id_key, name, sealed) VALUES (:id, :id_key, :name, :sealed)
ON CONFLICT (id_key) DO UPDATE SET name = persons.name RETURNING id, name;

-- name: account_of^
-- The account of a person, whether it is only kept, and whether guardians see to it still.
-- wall: anybody (an official keeps an account for somebody who has none)
SELECT id, kept, EXISTS (SELECT 1 FROM guardianships g WHERE g.child = :person AND g.ended_at IS NULL
       AND g.until > platform_now()) AS guarded
  FROM accounts WHERE person = :person AND disabled_at IS NULL ORDER BY created_at LIMIT 1;

-- name: keep_account!
-- An account that nobody can sign in to: it holds the matters of somebody who has no other.
-- wall: anybody (an official keeps an account for somebody who has none)
INSERT INTO accounts (id, login, person, password_hash, kept) VALUES (:id, :login, :person, '!', true);

-- name: take_over$
-- The matters of a kept account are its owner's now; how many cases.
SELECT take_over_account(:was, :heir);

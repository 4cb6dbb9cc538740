-- name: child$
-- The child as a person, made if unknown.
INSERT INTO persons (id, id_key, name, sealed) VALUES (:id, :id_key, :name, :sealed)
ON CONFLICT (id_key) DO UPDATE SET name = persons.name RETURNING id;

-- name: account_of^
-- The account under which the child's matters stand.
SELECT id FROM accounts WHERE person = :person AND disabled_at IS NULL ORDER BY created_at LIMIT 1;

-- name: keep_account!
-- An account that nobody can sign in to: it holds the child's matters.
INSERT INTO accounts (id, login, person, password_hash) VALUES (:id, :login, :person, '!');

-- name: put_guardianship!
-- The register said so; said again, it stands anew.
INSERT INTO guardianships (child, guardian, relation, source, proved_at, until)
VALUES (:child, :guardian, :relation, :source, :now, :until)
ON CONFLICT (child, guardian) DO UPDATE SET relation = excluded.relation, source = excluded.source,
       proved_at = excluded.proved_at, until = excluded.until, ended_at = NULL;

-- name: put_guardianship!
-- The register said so; said again, it stands anew.
INSERT INTO guardianships (child, guardian, relation, source, proved_at, until)
VALUES (:child, :guardian, :relation, :source, :now, :until)
ON CONFLICT (child, guardian) DO UPDATE SET relation = excluded.relation, source = excluded.source,
       proved_at = excluded.proved_at, until = excluded.until, ended_at = NULL;

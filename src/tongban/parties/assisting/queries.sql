-- name: begin!
-- A clerk takes a matter in; taken in again on another day, it runs anew and is to be confirmed anew.
INSERT INTO assistances (region, matter, clerk, department, account, journey, begun_at, until)
VALUES (:region, :matter, :clerk, :department, :account, :journey, :now, :until)
ON CONFLICT (region, matter, clerk) DO UPDATE SET department = excluded.department, begun_at = excluded.begun_at,
       until = excluded.until, confirmed_as = NULL, revision = NULL;

-- name: confirm$
-- The person confirmed what was filled in at this revision.
UPDATE assistances SET confirmed_as = :how, revision = :revision
 WHERE region = :region AND matter = :matter AND clerk = :clerk AND until > platform_now() RETURNING matter;

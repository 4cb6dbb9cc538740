-- name: units_of
-- Every version of every unit of some regions; all regions when none is named.
SELECT region, id, since, until, kind, name, short, parent, uscc, roles, address, phone, colour, division, rank,
       successor, basis, by_pack, external_id
  FROM units WHERE (:regions::text[] IS NULL OR region = ANY(:regions::text[])) ORDER BY region, id, since;

-- name: organisation_stamp$
-- Changes whenever a unit changes, and when a change that was dated ahead takes effect.
SELECT concat_ws('.', count(*), extract(epoch FROM max(changed_at)), count(*) FILTER (WHERE since <= platform_now()),
       count(*) FILTER (WHERE until <= platform_now())) FROM units;

-- name: lock_region
-- Changes of one region's organisation happen one after the other; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('organisation ' || :region, 0));

-- name: put_unit!
-- A version of a unit; the same moment again corrects it.
INSERT INTO units (region, id, since, until, kind, name, short, parent, uscc, roles, address, phone, colour, division,
                   rank, basis, by_pack, external_id)
VALUES (:region, :id, :since, :until, :kind, :name, :short, :parent, :uscc, :roles, :address, :phone, :colour,
        :division, :rank, :basis, :by_pack, :external_id)
ON CONFLICT (region, id, since) DO UPDATE SET kind = excluded.kind, name = excluded.name, short = excluded.short,
       parent = excluded.parent, uscc = excluded.uscc, roles = excluded.roles, address = excluded.address,
       phone = excluded.phone, colour = excluded.colour, division = excluded.division, rank = excluded.rank,
       basis = excluded.basis, by_pack = excluded.by_pack, external_id = excluded.external_id, changed_at = statement_timestamp();

-- name: close_unit!
-- The version that stood ends.
UPDATE units SET until = :until, successor = :successor, changed_at = statement_timestamp()
 WHERE region = :region AND id = :id AND until IS NULL;

-- name: put_succession!
-- The successor answers for the former unit, and for every one that had been merged into that.
INSERT INTO unit_successions (region, former, successor, since)
SELECT :region, :former, :successor, :since
UNION SELECT region, former, :successor, greatest(since, :since) FROM unit_successions
 WHERE region = :region AND successor = :former
ON CONFLICT (region, successor, former) DO NOTHING;

-- name: move_posts!
-- The posts of a merged unit go on in its successor: ended there, begun here.
WITH ended AS (
  UPDATE posts SET valid_until = :since
   WHERE region = :region AND department = :former AND (valid_until IS NULL OR valid_until > :since)
  RETURNING account, role, position, unit, title, acting, valid_from)
INSERT INTO posts (region, account, department, role, valid_from, position, unit, title, acting, valid_until)
SELECT :region, account, :successor, role, greatest(valid_from, :since), position, unit, title, false, NULL
  FROM ended WHERE NOT acting
ON CONFLICT DO NOTHING;

-- name: positions_of
-- Every version of every position of a region.
SELECT region, id, since, until, unit, title, role, rank FROM positions WHERE region = :region ORDER BY id, since;

-- name: put_position!
-- A version of a position; the same moment again corrects it.
INSERT INTO positions (region, id, since, unit, title, role, rank)
VALUES (:region, :id, :since, :unit, :title, :role, :rank)
ON CONFLICT (region, id, since) DO UPDATE SET unit = excluded.unit, title = excluded.title, role = excluded.role,
       rank = excluded.rank, changed_at = statement_timestamp();

-- name: close_position!
-- The version that stood ends.
UPDATE positions SET until = :until, changed_at = statement_timestamp()
 WHERE region = :region AND id = :id AND until IS NULL;

-- name: move_positions!
-- The positions of a merged unit stand in its successor from then on.
WITH closed AS (
  UPDATE positions SET until = :since, changed_at = statement_timestamp()
   WHERE region = :region AND unit = :former AND until IS NULL AND since < :since RETURNING id, title, role, rank)
INSERT INTO positions (region, id, since, unit, title, role, rank)
SELECT :region, id, :since, :successor, title, role, rank FROM closed;

-- name: holdings
-- Who held what, and when: of a region, narrowed to an account, a department or a position.
-- wall: officials (the directory)
SELECT o.region, o.id, o.account, p.name, o.department, o.role, o.valid_from AS since, o.valid_until AS until,
       o.position, o.unit, o.title, o.acting,
       coalesce((SELECT rank FROM positions q WHERE q.region = o.region AND q.id = o.position
                  ORDER BY q.since DESC LIMIT 1), CASE o.role WHEN 'head' THEN 50 ELSE 100 END) AS rank
  FROM posts o JOIN accounts a ON a.id = o.account JOIN persons p ON p.id = a.person
 WHERE o.region = :region AND (:account::uuid IS NULL OR o.account = :account)
   AND (:department::text IS NULL OR o.department = :department)
   AND (:position::text IS NULL OR o.position = :position)
 ORDER BY rank, o.acting, p.name, o.id;

-- name: put_held!
-- A post of somebody, from a moment on; held already is no fault.
INSERT INTO posts (region, id, account, department, role, valid_from, valid_until, position, unit, title, acting)
VALUES (:region, :id, :account, :department, :role, :since, :until, :position, :unit, :title, :acting)
ON CONFLICT DO NOTHING;

-- name: end_post!
-- A post ends; what was to begin later never begins.
UPDATE posts SET valid_until = greatest(valid_from, :at)
 WHERE region = :region AND id = :id AND (valid_until IS NULL OR valid_until > :at);

-- name: retitle_posts!
-- Whoever has a position that is called otherwise from now on has it under the new name: the old holding ends.
WITH ended AS (
  UPDATE posts SET valid_until = :since
   WHERE region = :region AND position = :position AND (valid_until IS NULL OR valid_until > :since)
     AND (valid_from IS NULL OR valid_from < :since)
  RETURNING account, position, acting, id)
INSERT INTO posts (region, account, department, role, valid_from, position, unit, title, acting)
SELECT :region, account, :department, :role, :since, position, :unit, :title, false FROM ended WHERE NOT acting
ON CONFLICT DO NOTHING;

-- name: end_posts!
-- Every post of somebody in a region ends.
UPDATE posts SET valid_until = greatest(valid_from, :at)
 WHERE region = :region AND account = :account AND (valid_until IS NULL OR valid_until > :at);

-- name: others_deciding$
-- How many others can decide for a department now.
-- wall: officials (the directory)
SELECT count(DISTINCT o.account) FROM posts_now o JOIN accounts a ON a.id = o.account
 WHERE o.region = :region AND o.department = :department AND o.role IN ('handler', 'head')
   AND o.account <> :account AND o.substitute_for IS DISTINCT FROM :account AND a.disabled_at IS NULL;

-- name: other_administrators$
-- How many others administer a region.
-- wall: officials (the directory)
SELECT count(DISTINCT o.account) FROM posts_now o JOIN accounts a ON a.id = o.account
 WHERE o.region = :region AND o.role = 'administrator' AND o.account <> :account AND a.disabled_at IS NULL;

-- name: leaves_of
-- Leaves of a region that are not over, of one account or of all; whose, and who stands in.
-- wall: officials (the directory)
SELECT l.region, l.id, l.account, p.name, l.substitute, q.name AS substitute_name, l.since, l.until, l.ended_at
  FROM leaves l JOIN accounts a ON a.id = l.account JOIN persons p ON p.id = a.person
  JOIN accounts b ON b.id = l.substitute JOIN persons q ON q.id = b.person
 WHERE l.region = :region AND (:account::uuid IS NULL OR l.account = :account OR l.substitute = :account)
   AND (:past OR (l.ended_at IS NULL AND l.until > platform_now()))
 ORDER BY l.since DESC, l.id DESC LIMIT 200;

-- name: leave^
-- One leave.
-- wall: officials (the directory)
SELECT l.region, l.id, l.account, p.name, l.substitute, q.name AS substitute_name, l.since, l.until, l.ended_at
  FROM leaves l JOIN accounts a ON a.id = l.account JOIN persons p ON p.id = a.person
  JOIN accounts b ON b.id = l.substitute JOIN persons q ON q.id = b.person
 WHERE l.region = :region AND l.id = :id;

-- name: away_between^
-- Whether somebody is on leave at any moment of a time.
SELECT l.id FROM leaves l
 WHERE l.region = :region AND l.account = :account AND l.ended_at IS NULL AND l.since < :until AND l.until > :since;

-- name: standing_in_between^
-- Whether somebody stands in for others at any moment of a time.
SELECT l.id FROM leaves l
 WHERE l.region = :region AND l.substitute = :account AND l.ended_at IS NULL AND l.since < :until AND l.until > :since;

-- name: put_leave!
-- Somebody is away and somebody stands in.
INSERT INTO leaves (region, id, account, substitute, since, until, set_by, set_at)
VALUES (:region, :id, :account, :substitute, :since, :until, :set_by, :set_at);

-- name: end_leave!
-- The leave is over, from this moment.
UPDATE leaves SET ended_at = :at WHERE region = :region AND id = :id AND ended_at IS NULL;

-- name: end_leaves_with!
-- Whoever left neither is away nor stands in.
UPDATE leaves SET ended_at = :at
 WHERE region = :region AND ended_at IS NULL AND until > :at AND (account = :account OR substitute = :account);

-- name: put_hand_over!
-- What somebody gave to somebody else.
INSERT INTO handovers (region, id, giver, receiver, department, note, open_tasks, made_by, made_at)
VALUES (:region, :id, :giver, :receiver, :department, :note, :open_tasks, :made_by, :made_at);

-- name: hand_overs
-- What was given to somebody, or by somebody, newest first.
-- wall: officials (the directory)
SELECT h.region, h.id, h.giver, p.name AS giver_name, h.receiver, q.name AS receiver_name, h.department, h.note,
       h.open_tasks, h.made_at, h.confirmed_at
  FROM handovers h JOIN accounts a ON a.id = h.giver JOIN persons p ON p.id = a.person
  JOIN accounts b ON b.id = h.receiver JOIN persons q ON q.id = b.person
 WHERE h.region = :region AND (h.receiver = :account OR h.giver = :account) ORDER BY h.made_at DESC LIMIT 50;

-- name: confirm_hand_over$
-- The receiver has it.
UPDATE handovers SET confirmed_at = coalesce(confirmed_at, :at)
 WHERE region = :region AND id = :id AND receiver = :account RETURNING id;

-- name: officials
-- Officials of a region with how they are reached, by name: those whose name, log-in, title or unit holds what was
-- typed, in one unit if named, from a place in the list on.
-- wall: officials (the directory)
SELECT s.region, s.account, a.login, p.name, p.id_key, s.sealed, s.revision, s.joined_at, s.changed_at, s.pending,
       s.external_id, s.invited_at, s.left_at, s.removed_at
  FROM staff s JOIN accounts a ON a.id = s.account JOIN persons p ON p.id = a.person
 WHERE s.region = :region AND (:gone OR s.left_at IS NULL)
   AND (:account::uuid IS NULL OR s.account = :account)
   AND (:login::text IS NULL OR a.login = :login)
   AND (:external::text IS NULL OR s.external_id = :external)
   AND (:department::text IS NULL OR EXISTS (SELECT 1 FROM posts o WHERE o.region = s.region AND o.account = s.account
        AND (o.department = :department OR o.unit = :department) AND (o.valid_until IS NULL OR o.valid_until > platform_now())))
   AND (:typed::text IS NULL OR strpos(lower(p.name), :typed) > 0 OR strpos(a.login, :typed) > 0
        OR EXISTS (SELECT 1 FROM posts o WHERE o.region = s.region AND o.account = s.account
             AND (o.valid_until IS NULL OR o.valid_until > platform_now())
             AND (strpos(lower(o.title), :typed) > 0 OR o.department = ANY(:units::text[]) OR o.unit = ANY(:units::text[]))))
   AND (a.login > coalesce(:after, ''))
 ORDER BY a.login LIMIT :most;

-- name: count_officials$
-- How many serve in a region.
SELECT count(*) FROM staff WHERE region = :region AND left_at IS NULL;

-- name: adopt_staff!
-- Whoever holds a post in a region belongs to its directory.
INSERT INTO staff (region, account, joined_at, changed_at)
SELECT DISTINCT ON (region, account) region, account, coalesce(valid_from, platform_now()), platform_now() FROM posts
 WHERE (:region::text IS NULL OR region = :region) AND (valid_until IS NULL OR valid_until > platform_now())
 ORDER BY region, account, valid_from
ON CONFLICT (region, account) DO NOTHING;

-- name: put_staff!
-- Somebody belongs to the directory from now on, or again.
INSERT INTO staff (region, account, sealed, external_id, pending, joined_at, changed_at)
VALUES (:region, :account, :sealed, :external, :pending, :now, :now)
ON CONFLICT (region, account) DO UPDATE SET sealed = coalesce(excluded.sealed, staff.sealed),
       external_id = coalesce(excluded.external_id, staff.external_id), left_at = NULL, removed_at = NULL, changed_at = excluded.changed_at,
       revision = staff.revision + 1;

-- name: touch_staff!
-- Something about an official changed.
UPDATE staff SET revision = revision + 1, changed_at = :now, sealed = coalesce(:sealed::bytea, sealed),
       external_id = coalesce(:external::text, external_id) WHERE region = :region AND account = :account;

-- name: invited!
-- An invitation was sent.
UPDATE staff SET invited_at = :now WHERE region = :region AND account = :account;

-- name: left_office!
-- Somebody left: who has no identity here but the office's can not sign in any more.
-- wall: officials (the directory)
WITH s AS (
  UPDATE staff SET left_at = :at, changed_at = :at, revision = revision + 1
   WHERE region = :region AND account = :account RETURNING pending)
UPDATE accounts SET disabled_at = :at FROM s WHERE accounts.id = :account AND s.pending;

-- name: enable_account!
-- Somebody came back.
-- wall: officials (the directory)
UPDATE accounts SET disabled_at = NULL WHERE id = :account;

-- name: end_sessions!
-- Every session and token of an account ends.
DELETE FROM sessions WHERE account = :account;

-- name: account_named^
-- Who has a log-in name, and whether they belong or belonged to the region's staff.
-- wall: anybody (whoever is taken on may have an account of their own already)
SELECT a.id, a.person, a.disabled_at, p.name, p.id_key,
       EXISTS (SELECT 1 FROM staff s WHERE s.region = :region AND s.account = a.id) AS here
  FROM accounts a JOIN persons p ON p.id = a.person
 WHERE a.login = :login;

-- name: accounts_of_person
-- The accounts of a person.
-- wall: anybody (whoever is taken on may have an account of their own already)
SELECT a.id, a.login FROM accounts a JOIN persons p ON p.id = a.person WHERE p.id_key = :id_key ORDER BY a.created_at;

-- name: rename_person!
-- A person's name as now registered.
-- wall: officials (the directory)
UPDATE persons SET name = :name WHERE id = (SELECT person FROM accounts WHERE id = :account);

-- name: named
-- The names of accounts.
-- wall: officials (the directory)
SELECT a.id, p.name FROM accounts a JOIN persons p ON p.id = a.person WHERE a.id = ANY(:accounts::uuid[]);

-- name: put_provisioner!
-- A system that may keep a region's directory.
INSERT INTO directory_provisioners (region, id, name, digest, made_at) VALUES (:region, :id, :name, :digest, :now);

-- name: provisioner^
-- Which system a token is of.
SELECT region, id, name, platform_now() AS now FROM directory_provisioners
 WHERE digest = :digest AND revoked_at IS NULL;

-- name: provisioners
-- The systems of a region.
SELECT region, id, name, made_at, revoked_at FROM directory_provisioners
 WHERE region = :region ORDER BY made_at DESC LIMIT 100;

-- name: revoke_provisioner$
-- A token is of no use any more.
UPDATE directory_provisioners SET revoked_at = coalesce(revoked_at, :now) WHERE region = :region AND id = :id
RETURNING id;

-- name: secured$
-- Whether more than a password opens an account.
-- wall: officials (the directory)
SELECT second <> 'none' OR EXISTS (SELECT 1 FROM passkeys WHERE account = :account) FROM accounts WHERE id = :account;

-- name: declared_only!
-- Nothing has proved yet who has this account.
-- wall: officials (the directory)
UPDATE accounts SET assurance = 'declared' WHERE id = :account;

-- name: identify!
-- Whose account it is has become known.
-- wall: anybody (whoever is taken on may have an account of their own already)
WITH s AS (
  UPDATE staff SET pending = false WHERE account = :account)
UPDATE accounts SET person = :person, assurance = 'real-name' WHERE id = :account;

-- name: accounts_named
-- Who has these log-in names.
-- wall: anybody (whoever is taken on may have an account of their own already)
SELECT a.id, a.login, p.name, p.id_key, EXISTS (SELECT 1 FROM staff s WHERE s.region = :region AND s.account = a.id
       AND s.left_at IS NULL) AS serves
  FROM accounts a JOIN persons p ON p.id = a.person WHERE a.login = ANY(:logins::text[]);

-- name: keep_import!
-- A file that waits to be confirmed; those of yesterday are forgotten.
WITH old AS (DELETE FROM organisation_imports WHERE made_at < :now::timestamptz - interval '1 day')
INSERT INTO organisation_imports (region, id, account, sealed, made_at) VALUES (:region, :id, :account, :sealed, :now);

-- name: take_import^
-- The file that was shown to whoever confirms it now: good once.
DELETE FROM organisation_imports WHERE region = :region AND id = :id AND account = :account RETURNING sealed;

-- name: set_external!
-- What an institution's system calls somebody; nothing any more with null.
UPDATE staff SET external_id = :external WHERE region = :region AND account = :account;

-- name: rename_login$
-- Another log-in name, unless somebody has it.
-- wall: anybody (nobody else may have the name)
UPDATE accounts SET login = :login WHERE id = :account
   AND NOT EXISTS (SELECT 1 FROM accounts WHERE login = :login AND id <> :account) RETURNING id;

-- name: removed!
-- The system that provisions somebody has deleted them.
UPDATE staff SET removed_at = :at WHERE region = :region AND account = :account;

-- name: who_is^
-- The account behind a session or token digest, with posts, mandates and the platform's time: one round trip.
-- That the session is in use is written with it, once a minute at most.
WITH touched AS (
  UPDATE sessions SET used_at = statement_timestamp()
   WHERE digest = :digest AND kind = :kind AND used_at < statement_timestamp() - interval '1 minute'
     AND used_at + idle > statement_timestamp() AND expires_at > statement_timestamp())
SELECT a.account, a.login, s.id AS session, s.factors, s.proved_at,
       CASE WHEN a.assurance = 'declared' THEN 'declared' WHEN s.strong_until > statement_timestamp() THEN 'strong'
            ELSE a.assurance END AS assurance, a.person, a.name, a.id_key, a.sealed, platform_now() AS now,
       a.posts, a.mandates, a.represented, a.assisting
  FROM sessions s JOIN actors_now a ON a.account = s.account
 WHERE s.digest = :digest AND s.kind = :kind AND s.expires_at > statement_timestamp()
   AND s.used_at + s.idle > statement_timestamp();

-- name: actor^
-- An account that nobody need be signed in to, by id or by log-in name.
-- wall: anybody (asked of whoever is not signed in: who is to be told, who stands in)
SELECT account, login, assurance, NULL::uuid AS session, '{}'::text[] AS factors, NULL::timestamptz AS proved_at,
       person, name, id_key, sealed, posts, mandates, represented, assisting
  FROM actors_now WHERE account = :account::uuid OR login = :login::text;

-- name: open_session!
-- A new browser session or program's token.
INSERT INTO sessions (digest, account, kind, agent, source, factors, idle, strong_until, expires_at)
VALUES (:digest, :account, :kind, :agent, :source, :factors, :idle::interval,
        statement_timestamp() + :strong::interval, statement_timestamp() + :lasts::interval);

-- name: close_session!
-- Sign out.
DELETE FROM sessions WHERE digest = :digest;

-- name: purge_sessions!
-- Expired sessions go.
DELETE FROM sessions WHERE expires_at < statement_timestamp() OR used_at + idle < statement_timestamp();

-- name: put_person$
-- Register a person once by the keyed hash of the identity; the id of the row that stands.
-- wall: anybody (the identity may be registered already)
INSERT INTO persons (id, id_key, name, sealed) VALUES (:id, :id_key, :name, :sealed)
ON CONFLICT (id_key) DO UPDATE SET name = excluded.name
RETURNING id;

-- name: put_account$
-- Open an account; an existing log-in name keeps its password. The id of the row that stands.
-- wall: anybody (the log-in name may be taken)
INSERT INTO accounts (id, login, person, password_hash) VALUES (:id, :login, :person, :password_hash)
ON CONFLICT (login) DO UPDATE SET login = excluded.login
RETURNING id;

-- name: put_post!
-- Give an account an office; whoever has one belongs to the region's directory.
WITH s AS (
  INSERT INTO staff (region, account, joined_at, changed_at)
  VALUES (:region, :account, platform_now(), platform_now()) ON CONFLICT (region, account) DO NOTHING)
INSERT INTO posts (region, account, department, role) VALUES (:region, :account, :department, :role)
ON CONFLICT DO NOTHING;

-- name: put_enterprise$
-- Register an enterprise once by the keyed hash of its code; the id of the row that stands.
INSERT INTO enterprises (id, uscc_key, name, sealed) VALUES (:id, :uscc_key, :name, :sealed)
ON CONFLICT (uscc_key) DO UPDATE SET name = excluded.name
RETURNING id;

-- name: put_mandate^
-- Let a registered person act for an enterprise; nothing comes back when nobody has that identity. Whoever is not its
-- legal representative was appointed.
-- wall: anybody (whoever is to act for an enterprise is found by the hash of their number)
WITH p AS (SELECT id, name FROM persons WHERE id_key = :id_key),
known AS (
  SELECT m.appointment FROM mandates m JOIN p ON p.id = m.person
   WHERE m.enterprise = :enterprise AND m.capacity = :capacity AND m.since = :since),
changed AS (UPDATE appointments SET until = :until WHERE id IN (SELECT appointment FROM known)),
a AS (
  INSERT INTO appointments (id, enterprise, capacity, name, person_key, until, offered_at, person, answered_at, accepted)
  SELECT :id, :enterprise, :capacity, p.name, :id_key, :until, :since, p.id, :since, true FROM p
   WHERE :capacity <> 'legal-representative' AND NOT EXISTS (SELECT 1 FROM known) RETURNING id)
INSERT INTO mandates (enterprise, person, capacity, since, until, appointment)
SELECT :enterprise, p.id, :capacity, :since, :until, (SELECT id FROM a) FROM p
ON CONFLICT (person, enterprise, capacity, since) DO UPDATE SET until = excluded.until
RETURNING person;

-- name: accounts_for
-- The accounts of everybody who may act for an enterprise now, in matters of one journey.
-- wall: anybody (everybody who acts for an enterprise is told)
SELECT DISTINCT a.id FROM mandates m JOIN accounts a ON a.person = m.person
 WHERE m.enterprise = :enterprise AND m.since <= platform_now() AND (m.until IS NULL OR m.until > platform_now())
   AND (m.services IS NULL OR :service::text = ANY(m.services)) AND a.disabled_at IS NULL;

-- name: accounts_beside
-- The accounts of everybody who may act for a person now, in matters of one journey.
-- wall: anybody (everybody who acts for a person is told)
SELECT DISTINCT a.id FROM represented_now r JOIN accounts a ON a.person = r.by_person
 WHERE r.account = :account AND (r.services IS NULL OR :service::text = ANY(r.services)) AND a.disabled_at IS NULL;

-- name: accounts_in_post
-- Who holds a post in a department now, or stands in for whoever holds it.
-- wall: officials (whoever decides is told)
SELECT DISTINCT o.account FROM posts_now o JOIN accounts a ON a.id = o.account
 WHERE o.region = :region AND o.department = :department AND o.role = :role AND a.disabled_at IS NULL;

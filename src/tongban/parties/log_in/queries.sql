-- name: owner^
-- Whose account it is, with what a new password is held against.
-- wall: anybody (nobody is signed in yet)
SELECT a.id AS account, a.login, a.password_hash, a.password_at, a.mobile, a.second, a.assurance, a.disabled_at,
       p.id AS person, p.name, p.id_key, p.sealed
  FROM accounts a JOIN persons p ON p.id = a.person WHERE a.id = :account;

-- name: earlier_passwords
-- The last passwords of an account, newest first, without the present one.
SELECT password_hash FROM password_history WHERE account = :account ORDER BY at DESC LIMIT :most;

-- name: put_password!
-- Set a password; the one before is remembered, and what is older than the last few is forgotten.
-- wall: anybody (nobody is signed in yet)
WITH old AS (SELECT id, password_hash FROM accounts WHERE id = :account),
kept AS (
  INSERT INTO password_history (account, at, password_hash)
  SELECT id, statement_timestamp(), password_hash FROM old WHERE password_hash <> '' ON CONFLICT DO NOTHING),
gone AS (
  DELETE FROM password_history WHERE account = :account AND at < (
    SELECT min(at) FROM (SELECT at FROM password_history WHERE account = :account ORDER BY at DESC LIMIT :most) AS last))
UPDATE accounts SET password_hash = :password_hash, password_at = :now WHERE id = :account;

-- name: end_sessions!
-- End every session of an account, or every one but the session with this digest.
DELETE FROM sessions WHERE account = :account AND digest IS DISTINCT FROM :but;

-- name: end_invitations!
-- Open links of an account are replaced.
UPDATE invitations SET ended_at = :now WHERE account = :account AND ended_at IS NULL;

-- name: put_invitation!
-- A new one-time link.
INSERT INTO invitations (digest, id, account, purpose, made_by, made_at, expires_at)
VALUES (:digest, :id, :account, :purpose, :by, :now, :now + :lasts::interval);

-- name: invitation^
-- An open link, with whom it is for.
-- wall: anybody (nobody is signed in yet)
SELECT i.id, i.account, i.purpose, i.expires_at, a.login, p.name
  FROM invitations i JOIN accounts a ON a.id = i.account JOIN persons p ON p.id = a.person
 WHERE i.digest = :digest AND i.ended_at IS NULL AND i.expires_at > platform_now() AND a.disabled_at IS NULL;

-- name: use_invitation^
-- The link is used: nothing comes back to whoever was second.
UPDATE invitations SET ended_at = :now, used = true
 WHERE digest = :digest AND ended_at IS NULL AND expires_at > :now
RETURNING id, account, purpose;

-- name: forget_second!
-- What was asked after the password is asked no more, with all that belongs to it.
-- wall: anybody (nobody is signed in yet)
WITH t AS (DELETE FROM totp_secrets WHERE account = :account),
r AS (DELETE FROM recovery_codes WHERE account = :account)
UPDATE accounts SET second = 'none' WHERE id = :account;

-- name: to_open^
-- What sign-in checks, and whether this browser has opened the account before.
-- wall: anybody (nobody is signed in yet)
SELECT a.id, a.password_hash, a.second,
       EXISTS (SELECT 1 FROM known_devices d WHERE d.account = a.id AND d.digest = :device) AS known
  FROM accounts a WHERE a.login = :login AND a.disabled_at IS NULL;

-- name: attempt$
-- One more attempt, counted before it is judged, so that many at once can not slip by. When it was.
WITH noted AS (
  INSERT INTO sign_in_failures (subject) SELECT unnest(:subjects::bytea[]) RETURNING at)
SELECT min(at) FROM noted;

-- name: wait$
-- How many seconds to wait until every subject has fewer attempts in the window than it may have; nothing: none.
SELECT max(ceil(extract(epoch FROM f.at + :window::interval - statement_timestamp())))::integer
  FROM unnest(:subjects::bytea[], :most::integer[]) AS l (subject, most)
 CROSS JOIN LATERAL (SELECT s.at FROM sign_in_failures s
                      WHERE s.subject = l.subject AND s.at > statement_timestamp() - :window::interval
                      ORDER BY s.at DESC OFFSET l.most LIMIT 1) f;

-- name: forgive!
-- After a success the own attempts are forgotten, of the shared ones only this.
DELETE FROM sign_in_failures
 WHERE subject = ANY (:own::bytea[]) OR (subject = ANY (:shared::bytea[]) AND at = :at)
    OR at < statement_timestamp() - interval '1 day';

-- name: take_back!
-- An attempt that was not even judged does not make the wait longer.
DELETE FROM sign_in_failures WHERE subject = ANY (:subjects::bytea[]) AND at = :at;

-- name: rehash!
-- Store a password hash made with newer parameters; the password is the same.
-- wall: anybody (nobody is signed in yet)
UPDATE accounts SET password_hash = :password_hash WHERE id = :account;

-- name: know_device$
-- This browser has opened the account; whether it is one more beside others.
WITH put AS (INSERT INTO known_devices (account, digest) VALUES (:account, :digest) ON CONFLICT DO NOTHING RETURNING 1)
SELECT EXISTS (SELECT 1 FROM put) AND EXISTS (SELECT 1 FROM known_devices WHERE account = :account);

-- name: put_code!
-- A code that was sent; an earlier one for the same is void.
INSERT INTO one_time_codes (bound_to, purpose, digest, expires_at)
VALUES (:bound_to, :purpose, :digest, statement_timestamp() + :lasts::interval)
ON CONFLICT (bound_to, purpose) DO UPDATE
   SET digest = excluded.digest, expires_at = excluded.expires_at, made_at = excluded.made_at, tries = 0;

-- name: try_code^
-- One try at a code, counted before it is compared.
UPDATE one_time_codes SET tries = tries + 1
 WHERE bound_to = :bound_to AND purpose = :purpose AND expires_at > statement_timestamp() AND tries < :most
RETURNING digest;

-- name: use_code^
-- The code is used: nothing comes back to whoever was second.
DELETE FROM one_time_codes WHERE bound_to = :bound_to AND purpose = :purpose AND digest = :digest RETURNING 1 AS used;

-- name: put_text!
-- A text message that waits to be sent.
INSERT INTO text_messages (id, account, sealed) VALUES (:id, :account, :sealed);

-- name: last_text^
-- The newest text message to an account that nothing has sent: what a demonstration shows.
SELECT id, sealed, at FROM text_messages WHERE account = :account ORDER BY at DESC, id DESC LIMIT 1;

-- name: texts_to_nobody
-- The newest text messages to numbers without an account; a demonstration looks for its own.
SELECT id, sealed, at FROM text_messages WHERE account IS NULL ORDER BY at DESC, id DESC LIMIT 20;

-- name: put_totp!
-- A secret that waits to be confirmed; one that was confirmed stays until it is switched off.
INSERT INTO totp_secrets (account, sealed) VALUES (:account, :sealed)
ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, last_step = 0 WHERE totp_secrets.confirmed_at IS NULL;

-- name: totp^
-- The secret of an account, confirmed or waiting.
SELECT sealed, last_step, confirmed_at FROM totp_secrets WHERE account = :account;

-- name: use_step^
-- A step of the clock is used: nothing comes back for one that was used before.
UPDATE totp_secrets SET last_step = :step, confirmed_at = coalesce(confirmed_at, :now)
 WHERE account = :account AND last_step < :step RETURNING 1 AS used;

-- name: set_second!
-- What is asked after the password.
-- wall: anybody (nobody is signed in yet)
UPDATE accounts SET second = :second WHERE id = :account;

-- name: put_recovery_codes!
-- New recovery codes take the place of all earlier ones.
WITH gone AS (DELETE FROM recovery_codes WHERE account = :account AND NOT digest = ANY (:digests::bytea[]))
INSERT INTO recovery_codes (account, digest) SELECT :account, unnest(:digests::bytea[]) ON CONFLICT DO NOTHING;

-- name: use_recovery_code^
-- A recovery code is used: nothing comes back to whoever was second.
DELETE FROM recovery_codes WHERE account = :account AND digest = :digest RETURNING 1 AS used;

-- name: recovery_codes_left$
-- How many are left.
SELECT count(*) FROM recovery_codes WHERE account = :account;

-- name: sessions_of
-- The open sessions of an account, the one used last first.
SELECT id, kind, agent, source, factors, created_at, used_at, expires_at FROM sessions
 WHERE account = :account AND expires_at > statement_timestamp() AND used_at + idle > statement_timestamp()
 ORDER BY used_at DESC, id LIMIT 100;

-- name: end_session^
-- End one session of an account.
DELETE FROM sessions WHERE account = :account AND id = :session RETURNING 1 AS ended;

-- name: end_other_sessions$
-- End every session of an account but one; how many there were.
WITH gone AS (DELETE FROM sessions WHERE account = :account AND id <> :session RETURNING 1)
SELECT count(*) FROM gone;

-- name: renew_session^
-- A session gets another secret and what was proved since.
UPDATE sessions SET digest = :fresh, proved_at = statement_timestamp(),
       factors = (SELECT array_agg(DISTINCT f) FROM unnest(factors || :factors::text[]) f),
       strong_until = greatest(strong_until, statement_timestamp() + :strong::interval)
 WHERE digest = :digest AND expires_at > statement_timestamp() RETURNING id;

-- name: put_challenge!
-- Something to be signed by an authenticator; those past their time go.
WITH gone AS (DELETE FROM passkey_challenges WHERE expires_at < statement_timestamp())
INSERT INTO passkey_challenges (digest, purpose, bound_to, expires_at)
VALUES (:digest, :purpose, :bound_to, statement_timestamp() + :lasts::interval);

-- name: use_challenge^
-- A challenge is used: nothing comes back to whoever was second, or asked from elsewhere.
DELETE FROM passkey_challenges
 WHERE digest = :digest AND purpose = :purpose AND bound_to = :bound_to AND expires_at > statement_timestamp()
RETURNING 1 AS used;

-- name: put_passkey^
-- A new key; nothing comes back when it is known already.
INSERT INTO passkeys (id, account, public_key, sign_count, name, backed_up, made_at)
VALUES (:id, :account, :public_key, :sign_count, :name, :backed_up, :now) ON CONFLICT DO NOTHING RETURNING 1 AS put;

-- name: passkey^
-- A key with whose it is.
-- wall: anybody (nobody is signed in yet)
SELECT k.id, k.account, k.public_key FROM passkeys k JOIN accounts a ON a.id = k.account
 WHERE k.id = :id AND a.disabled_at IS NULL;

-- name: count_passkey^
-- A key was used; nothing comes back when its counter did not go on (a copy), where it has one.
UPDATE passkeys SET sign_count = :sign_count, used_at = :now
 WHERE id = :id AND (:sign_count > sign_count OR (sign_count = 0 AND :sign_count = 0)) RETURNING 1 AS counted;

-- name: passkeys_of
-- The keys of an account, the newest first.
SELECT id, name, backed_up, made_at, used_at FROM passkeys WHERE account = :account ORDER BY made_at DESC, id;

-- name: remove_passkey^
-- Take a key away.
DELETE FROM passkeys WHERE account = :account AND id = :id RETURNING 1 AS gone;

-- name: put_mobile!
-- The confirmed number of an account, sealed.
-- wall: anybody (nobody is signed in yet)
UPDATE accounts SET mobile = :mobile WHERE id = :account;

-- name: owner_by_login^
-- Whose account a log-in name is.
-- wall: anybody (nobody is signed in yet)
SELECT a.id AS account, a.login, a.password_hash, a.mobile, a.second, a.assurance, a.disabled_at,
       p.id AS person, p.name, p.id_key, p.sealed,
       EXISTS (SELECT 1 FROM posts_now o WHERE o.account = a.id) AS official
  FROM accounts a JOIN persons p ON p.id = a.person WHERE a.login = :login AND a.disabled_at IS NULL;

-- name: put_declared!
-- An account by the own word, with a person of its own.
-- wall: anybody (nobody is signed in yet)
WITH p AS (INSERT INTO persons (id, id_key, name, sealed) VALUES (:person, :id_key, :name, :sealed) RETURNING id)
INSERT INTO accounts (id, login, person, password_hash, assurance, mobile, password_at)
SELECT :account, :login, p.id, :password_hash, 'declared', :mobile, :now FROM p;

-- name: proved_person$
-- The person with this identity, made if unknown; locked, so that two accounts can not both become theirs.
-- wall: anybody (the identity that somebody proves may be registered already)
INSERT INTO persons (id, id_key, name, sealed) VALUES (:id, :id_key, :name, :sealed)
ON CONFLICT (id_key) DO UPDATE SET name = persons.name RETURNING id;

-- name: attach!
-- The account is the proved person's.
-- wall: anybody (the identity that somebody proves may be registered already)
UPDATE accounts SET person = :person, assurance = 'real-name' WHERE id = :account;

-- name: forget_declared!
-- The person of the own word, whom no account is any more.
-- wall: anybody (the identity that somebody proves may be registered already)
DELETE FROM persons WHERE id = :person;

-- name: put_proofs!
-- By what a person was proved; never the number that was given.
INSERT INTO identity_proofs (account, kind, verifier, at)
SELECT :account, u.kind, u.verifier, :now FROM unnest(:kinds::text[], :verifiers::text[]) AS u (kind, verifier)
ON CONFLICT (account, kind) DO UPDATE SET verifier = excluded.verifier, at = excluded.at;

-- name: forget_passkeys!
-- All keys of an account go: it was recovered, and nobody knows who made them.
DELETE FROM passkeys WHERE account = :account;

-- name: forget_account!
-- Everything that opens an account goes, its name too. What is kept stands under it; else it is closed altogether.
WITH s AS (DELETE FROM sessions WHERE account = :account),
h AS (DELETE FROM password_history WHERE account = :account),
d AS (DELETE FROM known_devices WHERE account = :account),
t AS (DELETE FROM totp_secrets WHERE account = :account),
c AS (DELETE FROM recovery_codes WHERE account = :account),
k AS (DELETE FROM passkeys WHERE account = :account),
m AS (DELETE FROM text_messages WHERE account = :account),
i AS (DELETE FROM identity_proofs WHERE account = :account),
u AS (DELETE FROM upper_identities WHERE account = :account),
r AS (UPDATE recoveries SET state = 'stopped', ended_at = :now WHERE account = :account AND state = 'waiting'),
l AS (UPDATE invitations SET ended_at = :now WHERE account = :account AND ended_at IS NULL)
UPDATE accounts SET login = :login, password_hash = '!', password_at = NULL, mobile = NULL, second = 'none',
       kept = :kept, disabled_at = CASE WHEN :kept::boolean THEN NULL ELSE :now::timestamptz END
 WHERE id = :account;

-- name: forget_person!
-- What is left of the person whose account was closed.
UPDATE persons SET name = :name, id_key = :id_key, sealed = :sealed WHERE id = :person;

-- name: stop_recovery$
-- What waits is stopped; how many.
WITH s AS (UPDATE recoveries SET state = 'stopped', ended_at = :now
            WHERE account = :account AND state = 'waiting' RETURNING 1)
SELECT count(*) FROM s;

-- name: put_recovery!
-- Somebody asks to get back into an account.
INSERT INTO recoveries (id, account, way, digest, asked_at, ripe_at, expires_at, region, department, asked_by, state)
VALUES (:id, :account, :way, :digest, :now, :now + :waits::interval, :now + :waits::interval + :lasts::interval,
        :region, :department, :asked_by, 'waiting');

-- name: recovery^
-- A recovery that waits, by its secret.
-- wall: anybody (nobody is signed in yet)
SELECT r.id, r.account, r.ripe_at, r.expires_at, r.ripe_at <= platform_now() AS ripe, p.name, a.login
  FROM recoveries r JOIN accounts a ON a.id = r.account JOIN persons p ON p.id = a.person
 WHERE r.digest = :digest AND r.state = 'waiting' AND r.expires_at > platform_now() AND a.disabled_at IS NULL;

-- name: waiting_recovery^
-- What waits for an account.
SELECT id, way, ripe_at FROM recoveries WHERE account = :account AND state = 'waiting' AND expires_at > platform_now();

-- name: finish_recovery^
-- A recovery is used: nothing comes back before it is ripe, after it was stopped, or to whoever was second.
UPDATE recoveries SET state = 'done', ended_at = :now
 WHERE id = :id AND state = 'waiting' AND ripe_at <= :now AND expires_at > :now RETURNING account;

-- name: at_window
-- What waits for a second official of some departments, or of the whole region.
-- wall: anybody (a second official reads who wants their account back)
SELECT r.id, r.asked_at, r.asked_by, r.region, r.department, a.login, p.name FROM recoveries r
  JOIN accounts a ON a.id = r.account JOIN persons p ON p.id = a.person
 WHERE r.region = :region AND (:everywhere OR r.department = ANY (:departments::text[])) AND r.way = 'window' AND r.state = 'waiting'
   AND r.expires_at > platform_now() ORDER BY r.asked_at LIMIT 100;

-- name: one_at_window^
-- One of them, locked for whoever confirms it.
SELECT id, account, region, department, asked_by FROM recoveries
 WHERE id = :id AND way = 'window' AND state = 'waiting' AND expires_at > platform_now() FOR UPDATE;

-- name: confirm_recovery!
-- The second official confirmed it.
UPDATE recoveries SET confirmed_by = :by, state = 'done', ended_at = :now WHERE id = :id;

-- name: tidy!
-- What is past its use goes.
WITH a AS (DELETE FROM one_time_codes WHERE expires_at < statement_timestamp()),
b AS (DELETE FROM text_messages WHERE at < statement_timestamp() - interval '1 day'),
c AS (DELETE FROM sign_in_failures WHERE at < statement_timestamp() - interval '1 day'),
d AS (DELETE FROM known_devices WHERE since < statement_timestamp() - interval '400 days'),
e AS (DELETE FROM invitations WHERE expires_at < platform_now() - interval '180 days'),
f AS (UPDATE recoveries SET state = 'stopped', ended_at = platform_now()
       WHERE state = 'waiting' AND expires_at < platform_now()),
g AS (DELETE FROM appointed_guardians WHERE confirmed_at IS NULL AND expires_at < platform_now() - interval '180 days')
DELETE FROM passkey_challenges WHERE expires_at < statement_timestamp();

-- name: next_text^
-- The next text message to be sent, locked; given up after eight tries, which take about four minutes.
SELECT id, sealed, tries FROM text_messages
 WHERE sent_at IS NULL AND tries < 8 AND try_at <= statement_timestamp()
 ORDER BY try_at LIMIT 1 FOR UPDATE SKIP LOCKED;

-- name: text_sent!
-- It was handed over: number and text are forgotten with it.
DELETE FROM text_messages WHERE id = :id;

-- name: text_failed!
-- It was not: tried again after a growing pause.
UPDATE text_messages SET tries = tries + 1, try_at = statement_timestamp() + interval '1 second' * power(2, tries)
 WHERE id = :id;

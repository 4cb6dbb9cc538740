-- name: owner^
-- Whose account it is, with what a new password is held against.
SELECT a.id AS account, a.login, a.password_hash, a.mobile, a.second, a.assurance, a.disabled_at,
       p.id AS person, p.name, p.id_key, p.sealed
  FROM accounts a JOIN persons p ON p.id = a.person WHERE a.id = :account;

-- name: earlier_passwords
-- The last passwords of an account, newest first, without the present one.
SELECT password_hash FROM password_history WHERE account = :account ORDER BY at DESC LIMIT :most;

-- name: put_password!
-- Set a password; the one before is remembered, and what is older than the last few is forgotten.
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
WITH t AS (DELETE FROM totp_secrets WHERE account = :account),
r AS (DELETE FROM recovery_codes WHERE account = :account)
UPDATE accounts SET second = 'none' WHERE id = :account;

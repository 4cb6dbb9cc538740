-- name: put_application!
-- Register an application.
INSERT INTO applications (id, region, stated, secret_digest, registered_by, registered_at, changed_at)
VALUES (:id, :region, :stated, :secret_digest, :registered_by, :now, :now);

-- name: application^
-- One application by its client id.
SELECT id, region, stated, secret_digest, old_digest, old_until, revision, registered_by, registered_at, changed_at,
       closed_at
  FROM applications WHERE id = :id;

-- name: lock_application^
-- The same, locked until the transaction ends.
SELECT id, region, stated, secret_digest, old_digest, old_until, revision, registered_by, registered_at, changed_at,
       closed_at
  FROM applications WHERE id = :id FOR UPDATE;

-- name: applications_of
-- The applications registered in some regions, the newest first.
SELECT id, region, stated, secret_digest, old_digest, old_until, revision, registered_by, registered_at, changed_at,
       closed_at
  FROM applications WHERE region = ANY(:regions)
 ORDER BY closed_at IS NOT NULL, registered_at DESC, id LIMIT 500;

-- name: change_application!
-- What is stated from now on.
UPDATE applications SET stated = :stated, revision = revision + 1, changed_at = :now,
       secret_digest = CASE WHEN :keeps_secret THEN secret_digest END,
       old_digest = CASE WHEN :keeps_secret THEN old_digest END, old_until = CASE WHEN :keeps_secret THEN old_until END
 WHERE id = :id;

-- name: renew_secret!
-- A new secret; the one before goes on for a while, so that nothing stops while it is put in place.
UPDATE applications SET old_digest = secret_digest,
       old_until = CASE WHEN secret_digest IS NULL THEN NULL ELSE statement_timestamp() + :overlap::interval END,
       secret_digest = :digest, revision = revision + 1, changed_at = :now
 WHERE id = :id;

-- name: close_application!
-- Nobody signs in there any more, or again.
UPDATE applications SET closed_at = :closed_at, revision = revision + 1, changed_at = :now WHERE id = :id;

-- name: sign_ins_of^
-- How often an application was used: sign-ins that live, and those of the last thirty days.
SELECT count(*) FILTER (WHERE ended_at IS NULL AND expires_at > statement_timestamp()) AS living, count(*) AS lately
  FROM authorizations WHERE application = :application AND made_at > statement_timestamp() - interval '30 days';

-- name: refusals_of
-- What was refused at an application lately, the newest first.
SELECT minute, reason, times FROM application_refusals
 WHERE application = :application ORDER BY minute DESC, reason LIMIT 50;

-- name: note_refusal!
-- One more refusal of this minute.
INSERT INTO application_refusals (application, minute, reason, times)
VALUES (:application, date_trunc('minute', statement_timestamp()), :reason, 1)
ON CONFLICT (application, minute, reason) DO UPDATE SET times = application_refusals.times + 1;

-- name: consent_of^
-- What this account agreed to at this application, if it stands.
SELECT scopes, enterprise, given_at FROM application_consents
 WHERE account = :account AND application = :application AND withdrawn_at IS NULL;

-- name: put_consent!
-- An agreement; it replaces the one before.
INSERT INTO application_consents (account, application, scopes, enterprise, given_at)
VALUES (:account, :application, :scopes, :enterprise, :now)
ON CONFLICT (account, application) DO UPDATE SET scopes = excluded.scopes, enterprise = excluded.enterprise,
       given_at = excluded.given_at, withdrawn_at = NULL;

-- name: withdraw_consent^
-- Take an agreement back; nothing comes back when there is none.
UPDATE application_consents SET withdrawn_at = :now
 WHERE account = :account AND application = :application AND withdrawn_at IS NULL RETURNING scopes;

-- name: consents_of
-- What an account agreed to, with when each application was last used.
SELECT c.application, p.stated, p.region, c.scopes, c.enterprise, c.given_at,
       (SELECT max(z.made_at) FROM authorizations z WHERE z.application = c.application AND z.account = c.account)
         AS last_used
  FROM application_consents c JOIN applications p ON p.id = c.application
 WHERE c.account = :account AND c.withdrawn_at IS NULL ORDER BY c.given_at DESC, c.application;

-- name: put_authorization!
-- One sign-in at one application.
INSERT INTO authorizations (id, application, account, enterprise, session, scopes, acr, amr, signed_in_at, expires_at)
VALUES (:id, :application, :account, :enterprise, :session, :scopes, :acr, :amr, :signed_in_at,
        statement_timestamp() + :lasts::interval);

-- name: put_code!
-- A code for a sign-in, good for a minute and for once.
INSERT INTO authorization_codes (digest, "authorization", redirect_uri, challenge, nonce, expires_at)
VALUES (:digest, :authorization, :redirect_uri, :challenge, :nonce, statement_timestamp() + :lasts::interval);

-- name: code_behind^
-- The code with its sign-in, locked so that two who bring it come one after the other.
-- wall: anybody (an application asks, and nobody is signed in here)
SELECT c.redirect_uri, c.challenge, c.nonce, c.expires_at, c.used_at,
       z.id AS authorization, z.application, z.account, a.person, z.enterprise, z.scopes, z.acr, z.amr, z.signed_in_at,
       z.made_at, (z.ended_at IS NULL AND c.expires_at > statement_timestamp() AND p.closed_at IS NULL
         AND a.disabled_at IS NULL AND (z.session IS NULL OR EXISTS (SELECT FROM sessions s
           WHERE s.id = z.session AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()))) AS lives
  FROM authorization_codes c JOIN authorizations z ON z.id = c.authorization
  JOIN applications p ON p.id = z.application JOIN accounts a ON a.id = z.account
 WHERE c.digest = :digest FOR UPDATE OF c;

-- name: use_code!
-- The code was brought; it is good no more.
UPDATE authorization_codes SET used_at = statement_timestamp() WHERE digest = :digest;

-- name: put_token!
-- An access or refresh token of a sign-in, never longer than the sign-in itself.
INSERT INTO authorization_tokens (digest, "authorization", kind, scopes, expires_at)
SELECT :digest, z.id, :kind, :scopes, least(statement_timestamp() + :lasts::interval, z.expires_at)
  FROM authorizations z WHERE z.id = :authorization;

-- name: token_behind^
-- What stands behind a token; it lives only as long as all that it rests on.
-- wall: anybody (an application asks, and nobody is signed in here)
SELECT t.kind, t.scopes, t.made_at, t.expires_at, t.used_at,
       z.id AS authorization, z.application, z.account, a.person, z.enterprise, z.acr, z.amr, z.signed_in_at,
       (z.ended_at IS NULL AND t.expires_at > statement_timestamp() AND p.closed_at IS NULL
         AND (z.account IS NULL OR a.disabled_at IS NULL) AND (z.session IS NULL OR EXISTS (SELECT FROM sessions s
           WHERE s.id = z.session AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()))) AS lives
  FROM authorization_tokens t JOIN authorizations z ON z.id = t.authorization
  JOIN applications p ON p.id = z.application LEFT JOIN accounts a ON a.id = z.account
 WHERE t.digest = :digest;

-- name: lock_token^
-- The same for a refresh token, locked so that two who bring it come one after the other.
-- wall: anybody (an application asks, and nobody is signed in here)
SELECT t.kind, t.scopes, t.made_at, t.expires_at, t.used_at,
       z.id AS authorization, z.application, z.account, a.person, z.enterprise, z.acr, z.amr, z.signed_in_at,
       (z.ended_at IS NULL AND t.expires_at > statement_timestamp() AND p.closed_at IS NULL
         AND (z.account IS NULL OR a.disabled_at IS NULL) AND (z.session IS NULL OR EXISTS (SELECT FROM sessions s
           WHERE s.id = z.session AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()))) AS lives
  FROM authorization_tokens t JOIN authorizations z ON z.id = t.authorization
  JOIN applications p ON p.id = z.application LEFT JOIN accounts a ON a.id = z.account
 WHERE t.digest = :digest AND t.kind = 'refresh' FOR UPDATE OF t;

-- name: use_token!
-- A refresh token was brought; the next one takes its place.
UPDATE authorization_tokens SET used_at = statement_timestamp() WHERE digest = :digest;

-- name: forget_token!
-- An access token ends before its time.
DELETE FROM authorization_tokens WHERE digest = :digest AND kind = 'access';

-- name: end_authorization^
-- End a sign-in as a whole; nothing comes back when it has ended before.
-- wall: anybody (an application ends a sign-in, and nobody is signed in here)
UPDATE authorizations z SET ended_at = statement_timestamp(), ended_why = :why
  FROM applications p WHERE z.id = :id AND z.ended_at IS NULL AND p.id = z.application
RETURNING z.id, z.application, z.account, p.region, p.stated,
          (SELECT person FROM accounts WHERE id = z.account) AS person;

-- name: living_at
-- The sign-ins of an account, or of everybody, at one application.
SELECT id FROM authorizations
 WHERE application = :application AND (:account::uuid IS NULL OR account = :account) AND ended_at IS NULL ORDER BY id;

-- name: living_of
-- The sign-ins of an account, at whatever application.
SELECT id FROM authorizations WHERE account = :account AND ended_at IS NULL ORDER BY id;

-- name: living_on
-- The sign-ins that rest on a browser session.
SELECT id FROM authorizations WHERE session = :session AND ended_at IS NULL ORDER BY id;

-- name: gone
-- Sign-ins whose browser session is gone: to be ended.
SELECT id FROM authorizations WHERE session_gone_at IS NOT NULL AND ended_at IS NULL ORDER BY session_gone_at LIMIT 100;

-- name: note_assertion$
-- Whether an assertion is brought for the first time.
INSERT INTO application_assertions (application, digest, expires_at)
VALUES (:application, :digest, statement_timestamp() + interval '1 hour') ON CONFLICT DO NOTHING RETURNING true;

-- name: put_notice!
-- An application is to be told that a sign-in ended.
INSERT INTO application_notices (id, application, "authorization", subject, address)
VALUES (:id, :application, :authorization, :subject, :address);

-- name: notices_due
-- Whom to tell now; whoever takes a row has it for the time of a try.
UPDATE application_notices SET next_at = statement_timestamp() + interval '30 seconds', tries = tries + 1
 WHERE id IN (SELECT id FROM application_notices
               WHERE told_at IS NULL AND given_up_at IS NULL AND next_at <= statement_timestamp()
               ORDER BY next_at LIMIT 20 FOR UPDATE SKIP LOCKED)
RETURNING id, application, "authorization", subject, address, tries;

-- name: notice_told!
-- The application knows.
UPDATE application_notices SET told_at = statement_timestamp(), last_answer = :answer WHERE id = :id;

-- name: notice_failed!
-- It did not answer as it should: later again, or no more.
UPDATE application_notices SET last_answer = :answer, next_at = statement_timestamp() + :again::interval,
       given_up_at = CASE WHEN :last THEN statement_timestamp() END
 WHERE id = :id;

-- name: notices_of
-- Whether an application took what it was told, the newest first.
SELECT next_at, tries, told_at, given_up_at, last_answer FROM application_notices
 WHERE application = :application ORDER BY next_at DESC LIMIT 10;

-- name: forget_old!
-- Sign-ins past their use go with their codes and tokens; what was agreed stays.
DELETE FROM authorizations WHERE id IN (SELECT id FROM authorizations
 WHERE expires_at < statement_timestamp() - interval '30 days' LIMIT 1000);

-- name: forget_old_rows!
-- Assertions that nobody could bring again, refusals and notices past their use, access tokens that are over.
WITH a AS (DELETE FROM application_assertions WHERE expires_at < statement_timestamp()),
     r AS (DELETE FROM application_refusals WHERE minute < statement_timestamp() - interval '90 days'),
     n AS (DELETE FROM application_notices WHERE next_at < statement_timestamp() - interval '90 days')
DELETE FROM authorization_tokens WHERE kind = 'access' AND expires_at < statement_timestamp() - interval '1 day';

-- name: enterprise^
-- One enterprise as stored.
SELECT id, name, uscc_key AS key, sealed FROM enterprises WHERE id = :id;

-- name: upper_identity^
-- The account of somebody whom the upper level knows under this number.
-- wall: anybody (an application asks, and nobody is signed in here)
SELECT u.account FROM upper_identities u JOIN accounts a ON a.id = u.account
 WHERE u.issuer = :issuer AND u.subject = :subject AND a.disabled_at IS NULL;

-- name: accounts_of_key
-- The accounts of the person behind a keyed hash.
-- wall: anybody (the upper level says who somebody is, before they are signed in)
SELECT a.id, a.login FROM accounts a JOIN persons p ON p.id = a.person
 WHERE p.id_key = :id_key AND a.disabled_at IS NULL ORDER BY a.created_at LIMIT 10;

-- name: link_upper!
-- From now on the upper level's number leads to this account.
INSERT INTO upper_identities (issuer, subject, account, linked_at, linked_by, acr, last_at)
VALUES (:issuer, :subject, :account, :now, :by, :acr, :now)
ON CONFLICT (issuer, subject) DO UPDATE SET account = excluded.account, linked_at = excluded.linked_at,
       linked_by = excluded.linked_by, acr = excluded.acr, last_at = excluded.last_at;

-- name: came_again!
-- The person came from the upper level once more.
UPDATE upper_identities SET acr = :acr, last_at = :now WHERE issuer = :issuer AND subject = :subject;

-- name: region_of_account$
-- A region in whose ledger something about an account can stand: where a post is held, else the given one.
SELECT coalesce((SELECT region FROM posts WHERE account = :account ORDER BY region LIMIT 1), :otherwise);

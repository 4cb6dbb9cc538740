-- name: tell!
-- Tell an account something; told once however often the same event is delivered.
INSERT INTO messages (region, account, id, kind, subject, at, detail)
VALUES (:region, :account, :id, :kind, :subject, :at, :detail) ON CONFLICT DO NOTHING;

-- name: mine
-- What an account was told, newest first, by keyset; much may be told at one moment.
SELECT region, id, kind, subject, at, detail, read_at FROM messages
 WHERE account = :account AND (at, id) < (coalesce(:before_at, 'infinity'::timestamptz),
       coalesce(:before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
 ORDER BY at DESC, id DESC LIMIT :most;

-- name: unread$
-- How many are new.
SELECT count(*) FROM messages WHERE account = :account AND read_at IS NULL;

-- name: seen!
-- They were read.
UPDATE messages SET read_at = :now WHERE account = :account AND read_at IS NULL;

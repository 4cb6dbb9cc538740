-- name: limits()
-- Every limit that was ever set, by kind and day.
SELECT kind, valid_from, hours, basis FROM exchange_limits ORDER BY kind, valid_from;

-- name: put_limit(kind, valid_from, hours, basis)!
-- Set a limit from a day on; a figure for the same day is replaced.
INSERT INTO exchange_limits (kind, valid_from, hours, basis) VALUES (:kind, :valid_from, :hours, :basis)
ON CONFLICT (kind, valid_from) DO UPDATE SET hours = excluded.hours, basis = excluded.basis;

-- name: lock_limits()!
-- Nobody else changes limits until the commit.
LOCK TABLE exchange_limits IN SHARE ROW EXCLUSIVE MODE;

-- name: today()$
-- The platform's day in China.
SELECT (platform_now() AT TIME ZONE 'Asia/Shanghai')::date;

-- name: put_denials!
-- Refusals of some minutes, added to what stands for the same minute, actor, action and reason.
INSERT INTO access_denials AS d (region, minute, account, action, reason, times, subjects, last_at)
SELECT region, minute, account, action, reason, times, coalesce(string_to_array(nullif(subjects, ''), E'\n'), '{}'),
       last_at
  FROM (SELECT u.region, coalesce(u.minute, date_trunc('minute', platform_now())) AS minute, u.account, u.action,
               u.reason, u.times, u.subjects, coalesce(u.last_at, platform_now()) AS last_at
          FROM unnest(:regions::text[], :minutes::timestamptz[], :accounts::uuid[], :actions::text[], :reasons::text[],
                      :times::integer[], :subjects::text[], :last::timestamptz[])
            AS u(region, minute, account, action, reason, times, subjects, last_at)) new
ON CONFLICT (region, minute, account, action, reason) DO UPDATE
   SET times = d.times + excluded.times, last_at = greatest(d.last_at, excluded.last_at),
       subjects = (SELECT coalesce(array_agg(one), '{}') FROM
                     (SELECT DISTINCT one FROM unnest(d.subjects || excluded.subjects) one LIMIT :most) first_few);

-- name: denials
-- The newest refusals of some regions, with the log-in name of who was refused.
-- wall: anybody (whoever was refused may be anybody)
SELECT d.region, d.minute, d.account, d.action, d.reason, d.times, d.subjects, d.last_at, a.login
  FROM access_denials d LEFT JOIN accounts a ON a.id = d.account
 WHERE d.region = ANY(:regions::text[]) ORDER BY d.last_at DESC, d.account, d.action LIMIT :most;

-- name: denied_lately^
-- Refusals of the last day, the most by one account, those at the second wall, and what looked like an attack.
SELECT coalesce(sum(times), 0)::integer AS times, coalesce(sum(times) FILTER (WHERE reason = 'wall'), 0)::integer AS wall,
       coalesce(sum(times) FILTER (WHERE reason IN ('hostile', 'upload', 'form-token')), 0)::integer AS hostile,
       (SELECT coalesce(max(own), 0)::integer FROM (SELECT sum(times) AS own FROM access_denials
         WHERE minute > platform_now() - interval '1 day' AND account <> '00000000-0000-0000-0000-000000000000'
         GROUP BY account) each) AS most
  FROM access_denials WHERE minute > platform_now() - interval '1 day';

-- name: purge_denials!
-- Refusals of more than half a year ago.
DELETE FROM access_denials WHERE minute < platform_now() - interval '184 days';

-- name: spend^
-- Once more in the running stretch of time: how often that is, and how many seconds the stretch still lasts.
INSERT INTO allowances AS a (subject, since, times)
VALUES (:subject, date_bin(:stretch::interval, statement_timestamp(), 'epoch'), 1)
ON CONFLICT (subject, since) DO UPDATE SET times = a.times + 1
RETURNING a.times, ceil(extract(epoch FROM a.since + :stretch::interval - statement_timestamp()))::integer AS seconds;

-- name: purge_allowances!
-- Stretches of more than a day ago.
DELETE FROM allowances WHERE since < statement_timestamp() - interval '1 day';

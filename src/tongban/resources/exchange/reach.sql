-- name: fold_days(region, since, until)
-- What each officer or system asked on each whole day in China from `since` until before `until`, not folded yet: counts,
-- and of the different people and enterprises only the registers of a sketch (see `reach.py`).
WITH asked AS MATERIALIZED (
    SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day, consumer, coalesce(officer, subsystem) AS who, purpose,
           officer IS NULL AS system, issue, subject
    FROM exchange_intents
    WHERE region = :region AND (officer IS NOT NULL OR subsystem IS NOT NULL) AND side <> 'provider'
      AND at >= :since::date::timestamp AT TIME ZONE 'Asia/Shanghai'
      AND at < :until::date::timestamp AT TIME ZONE 'Asia/Shanghai'),
marks AS (
    SELECT day, consumer, who, purpose, (get_byte(subject, 0) << 2) | (get_byte(subject, 1) >> 6) AS register,
           max(coalesce(nullif(position(B'1' IN ('x' || encode(substring(subject FROM 3 FOR 4), 'hex'))::bit(32)), 0),
                        33)) AS rank
    FROM asked WHERE octet_length(subject) >= 6 GROUP BY 1, 2, 3, 4, 5)
SELECT a.day, a.consumer, a.who, a.purpose, bool_and(a.system) AS system, count(*) AS calls,
       count(*) FILTER (WHERE a.issue IS NULL) AS without_case,
       (SELECT coalesce(array_agg(ARRAY[m.register, m.rank]), '{}') FROM marks m
        WHERE (m.day, m.consumer, m.who, m.purpose) = (a.day, a.consumer, a.who, a.purpose)) AS marks
FROM asked a GROUP BY a.day, a.consumer, a.who, a.purpose;

-- name: last_folded(region)$
-- The last day of a region that was folded.
SELECT max(day) FROM exchange_reach WHERE region = :region;

-- name: put_day(region, day, consumer, who, purpose, system, calls, without_case, sketch)$
-- Keep one asker's day; nothing when it is kept already.
INSERT INTO exchange_reach (region, day, consumer, who, purpose, system, calls, without_case, sketch)
VALUES (:region, :day, :consumer, :who, :purpose, :system, :calls, :without_case, :sketch)
ON CONFLICT DO NOTHING RETURNING true;

-- name: days_since(region, since)
-- Every asker's folded days from a day on.
SELECT consumer, who, purpose, system, calls, without_case, sketch FROM exchange_reach
WHERE region = :region AND day >= :since ORDER BY consumer, purpose, who, day;

-- name: drop_days(before)!
-- Days that no month reaches back to.
DELETE FROM exchange_reach WHERE day < :before;

-- name: use_patterns(region, since, consumer, who)
-- What each officer or system of a department asked through the exchange since a moment: counts, no data. Hours are
-- China's; the platform's own look-ups for an application have neither officer nor system and are left out.
WITH asked AS (
    SELECT i.consumer, coalesce(i.officer, i.subsystem) AS who, i.officer IS NULL AS system, i.at, i.fields, i.issue,
           i.subject, i.digest, o.result
    FROM exchange_intents i LEFT JOIN exchange_outcomes o ON o.region = i.region AND o.id = i.id
    WHERE i.region = :region AND i.at >= :since AND (i.officer IS NOT NULL OR i.subsystem IS NOT NULL)
      AND i.side <> 'provider'
      AND (:consumer::text IS NULL OR (i.consumer = :consumer AND coalesce(i.officer, i.subsystem) = :who))),
refused AS (
    SELECT consumer, officer AS who, count(*) AS n FROM exchange_refusals
    WHERE region = :region AND at >= :since AND known AND officer IS NOT NULL GROUP BY consumer, officer)
SELECT a.consumer, a.who, bool_and(a.system) AS system, count(*) AS calls,
       count(*) FILTER (WHERE extract(hour FROM a.at AT TIME ZONE 'Asia/Shanghai') NOT BETWEEN 7 AND 20) AS odd_hours,
       max(cardinality(a.fields)) AS most_fields, count(DISTINCT a.subject) AS subjects,
       count(*) FILTER (WHERE a.result = 'missing') AS missing,
       count(*) FILTER (WHERE a.issue IS NULL) AS without_case, coalesce(max(r.n), 0) AS refused
FROM asked a LEFT JOIN refused r ON r.consumer = a.consumer AND r.who = a.who
GROUP BY a.consumer, a.who ORDER BY a.consumer, a.who;

-- name: regions_asked(since)
-- Regions in which an officer or a system asked anything since a moment.
SELECT DISTINCT region FROM exchange_intents
WHERE at >= :since AND (officer IS NOT NULL OR subsystem IS NOT NULL) AND side <> 'provider';

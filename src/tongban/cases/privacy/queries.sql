-- name: uses
-- Look-ups of a time, counted by what they were for, of whom and by which right. Nothing of persons.
SELECT purpose, basis, legal, source, consumer, provider, region, fields, outcome, count(*) AS n
  FROM look_ups WHERE asked_at >= :since AND asked_at < :until AND (:region::text IS NULL OR region = :region)
 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;

-- name: consents^
-- Consents given and taken back in a time.
SELECT count(*) FILTER (WHERE given_at >= :since AND given_at < :until) AS given,
       count(*) FILTER (WHERE withdrawn_at >= :since AND withdrawn_at < :until) AS withdrawn
  FROM consents WHERE given_at < :until AND (:region::text IS NULL OR region = :region);

-- name: asked
-- What persons said about uses, and asked about their data, in a time; the answer's task with its day.
SELECT o.region, o.kind, o.at, a.due_on, CASE WHEN a.state = 'done' THEN a.decided_at END AS answered_at,
       CASE WHEN a.state = 'done' THEN a.decision END AS decision, platform_now() AS now
  FROM (SELECT region, ticket, kind, at FROM objections WHERE at >= :since AND at < :until
        UNION ALL SELECT region, ticket, kind, at FROM rights_requests WHERE at >= :since AND at < :until) o
  JOIN tasks a ON a.region = o.region AND a.case_id = o.ticket AND a.task = 'correct'
 WHERE :region::text IS NULL OR o.region = :region ORDER BY o.kind, o.at;

-- name: destroyed
-- What was destroyed in a time, by kind and basis.
SELECT kind, basis, count(*) AS batches, sum(cardinality(things))::integer AS things FROM retention_batches
 WHERE at >= :since AND at < :until AND (:region::text IS NULL OR region = :region) GROUP BY 1, 2 ORDER BY 1, 2;

-- name: denied
-- Refusals of a time by reason.
SELECT reason, sum(times)::integer AS times FROM access_denials
 WHERE minute >= :since AND minute < :until AND (:region::text IS NULL OR region = :region) GROUP BY 1 ORDER BY 2 DESC, 1;

-- name: grants
-- Grants that are in force now.
SELECT region, resource, consumer, purpose, basis, fields, journey, masks FROM grants
 WHERE valid_from <= platform_now() AND valid_until > platform_now() AND revoked_at IS NULL
   AND (:region::text IS NULL OR region = :region) ORDER BY region, resource, consumer, purpose;

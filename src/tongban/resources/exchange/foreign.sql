-- name: calls_between(region, consumer, provider, since, before)
-- Calls of a consumer, or to a provider, in a span of time, with what is known of them.
SELECT i.id, i.message, i.consumer, i.resource, i.at, i.digest, o.result, o.digest AS answer
FROM exchange_intents i LEFT JOIN exchange_outcomes o USING (region, id)
WHERE i.region = :region AND i.at >= :since AND i.at < :before
  AND ((i.consumer = :consumer AND i.side <> 'provider') OR (i.provider = :provider AND i.side <> 'consumer'))
ORDER BY i.id;

-- name: refused_between(region, consumer, since)
-- Messages of a consumer that were refused before anything was asked.
SELECT DISTINCT message FROM exchange_refusals
WHERE region IN (:region, '000000') AND at >= :since AND message IS NOT NULL
  AND (consumer = :consumer OR split_part(consumer, '/', 3) = :consumer);

-- name: put_comparison(region, other, at, since, before, here, there, closed)!
-- The last comparison with another log.
INSERT INTO exchange_comparisons (region, other, at, since, before, here, there, closed)
VALUES (:region, :other, :at, :since, :before, :here, :there, :closed)
ON CONFLICT (region, other) DO UPDATE SET at = excluded.at, since = excluded.since, before = excluded.before,
    here = excluded.here, there = excluded.there, closed = excluded.closed;

-- name: put_difference(region, other, consumer, message, kind, here, there, at, called_at)!
-- A difference that was found, again or for the first time.
INSERT INTO exchange_differences (region, other, consumer, message, kind, here, there, found_at, called_at)
VALUES (:region, :other, :consumer, :message, :kind, :here, :there, :at, :called_at)
ON CONFLICT (region, other, consumer, message) DO UPDATE SET kind = excluded.kind, here = excluded.here,
    there = excluded.there, gone_at = NULL;

-- name: end_differences(region, other, since, before, at, kept)!
-- What a comparison of that time did not find any more.
UPDATE exchange_differences SET gone_at = :at
WHERE region = :region AND other = :other AND gone_at IS NULL AND called_at >= :since AND called_at < :before
  AND NOT (consumer || ' ' || message) = ANY(:kept::text[]);

-- name: comparisons()
-- Every other log that was ever compared, with how many differences are open.
SELECT c.region, c.other, c.at, c.here, c.there, c.closed,
       (SELECT count(*) FROM exchange_differences d
        WHERE d.region = c.region AND d.other = c.other AND d.gone_at IS NULL) AS open
FROM exchange_comparisons c ORDER BY c.region, c.other;

-- name: open_differences(region)
-- Differences that no later comparison found gone.
SELECT other, consumer, message, kind, here, there, found_at, called_at FROM exchange_differences
WHERE region = :region AND gone_at IS NULL ORDER BY other, found_at, message LIMIT 1000;

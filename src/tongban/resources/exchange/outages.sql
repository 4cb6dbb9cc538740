-- name: witness_away
-- How long the newest head of a log has been waiting for its witness, by the machine's clock; of logs that a witness
-- ever cosigned. No row: nothing waits.
SELECT extract(epoch FROM greatest(clock_timestamp() - min(c.sealed_at), interval '0'))::float8 AS seconds
FROM ledger_checkpoints c
JOIN (SELECT log, max(size) AS size FROM ledger_checkpoints WHERE cosigned_at IS NOT NULL GROUP BY log) l
  ON l.log = c.log AND c.size > l.size
HAVING min(c.sealed_at) IS NOT NULL;

-- name: answering(since)
-- Per provider's resource and other node what was answered since a moment: the last answer, and the first silence
-- after it. Counts no data.
WITH told AS (
    SELECT i.resource, coalesce(i.peer, '') AS peer, o.at, o.result IN ('found', 'missing') AS answered
    FROM exchange_outcomes o JOIN exchange_intents i ON i.region = o.region AND i.id = o.id
    WHERE i.at >= :since AND i.side <> 'provider'),
last AS (SELECT resource, peer, max(at) FILTER (WHERE answered) AS good_at FROM told GROUP BY resource, peer)
SELECT l.resource, l.peer, l.good_at,
       (SELECT min(t.at) FROM told t WHERE t.resource = l.resource AND t.peer = l.peer AND NOT t.answered
           AND (l.good_at IS NULL OR t.at > l.good_at)) AS silent_since
FROM last l ORDER BY l.peer, l.resource;

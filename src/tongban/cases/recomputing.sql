-- name: cases_resting_on
-- Open cases of which something is due on or after a day, by key from a place on.
SELECT c.region, c.id FROM cases c
 WHERE c.closed_at IS NULL AND c.account IS NOT NULL
   AND (c.region, c.id) > (:after_region::text, coalesce(:after_id::uuid, '00000000-0000-0000-0000-000000000000'::uuid))
   AND (c.due_on >= :since OR (c.look_at AT TIME ZONE 'Asia/Shanghai')::date >= :since
        OR EXISTS (SELECT 1 FROM tasks t
                    WHERE t.region = c.region AND t.case_id = c.id AND t.state = 'ready' AND t.due_on >= :since))
 ORDER BY c.region, c.id LIMIT :most;

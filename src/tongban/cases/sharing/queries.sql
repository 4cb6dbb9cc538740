-- name: open_draft^
-- One's open basket for a department; made when there is none.
WITH made AS (
  INSERT INTO baskets (region, id, consumer, account, state, made_at)
  VALUES (:region, :id, :consumer, :account, 'draft', platform_now())
  ON CONFLICT (region, consumer, account) WHERE state = 'draft' DO NOTHING
  RETURNING region, id, consumer, account, title, theme, state, made_at, sent_at, closed_at)
SELECT * FROM made
UNION ALL
SELECT region, id, consumer, account, title, theme, state, made_at, sent_at, closed_at FROM baskets
 WHERE region = :region AND consumer = :consumer AND account = :account AND state = 'draft' LIMIT 1;

-- name: draft^
-- One's open basket for a department, locked.
SELECT region, id, consumer, account, title, theme, state, made_at, sent_at, closed_at FROM baskets
 WHERE region = :region AND consumer = :consumer AND account = :account AND state = 'draft' FOR UPDATE;

-- name: basket^
-- One basket.
SELECT region, id, consumer, account, title, theme, state, made_at, sent_at, closed_at FROM baskets
 WHERE region = :region AND id = :id;

-- name: lines_of
-- The lines of a basket, in the order in which they were put into it.
SELECT region, basket, id, resource, provider, asked, renews, state, request, answer, reasons, grant_id, decided_at
  FROM basket_lines WHERE region = :region AND basket = :basket ORDER BY id;

-- name: lines_of_request
-- The lines that one provider answers.
SELECT region, basket, id, resource, provider, asked, renews, state, request, answer, reasons, grant_id, decided_at
  FROM basket_lines WHERE region = :region AND request = :request ORDER BY id;

-- name: put_line!
-- A line of an open basket; of each resource one.
INSERT INTO basket_lines (region, basket, id, resource, provider, asked, renews, state)
VALUES (:region, :basket, :id, :resource, :provider, :asked::jsonb, :renews, 'draft')
ON CONFLICT (region, basket, resource) DO UPDATE
   SET asked = excluded.asked, provider = excluded.provider, renews = coalesce(excluded.renews, basket_lines.renews);

-- name: drop_line!
-- Take a resource out of an open basket; a theme that is not whole any more is none.
WITH gone AS (
  DELETE FROM basket_lines WHERE region = :region AND basket = :basket AND resource = :resource AND state = 'draft')
UPDATE baskets SET theme = NULL WHERE region = :region AND id = :basket AND (SELECT count(*) FROM basket_lines
   WHERE region = :region AND basket = :basket AND resource <> :resource) = 0;

-- name: set_theme!
-- The open basket asks for a theme.
UPDATE baskets SET theme = :theme, title = :title WHERE region = :region AND id = :id;

-- name: send_basket!
-- The basket is sent; nothing is added to it any more.
UPDATE baskets SET state = 'sent', sent_at = :now, title = :title WHERE region = :region AND id = :id;

-- name: settle_line!
-- What became of a line, or what its provider proposes.
UPDATE basket_lines SET asked = :asked::jsonb, state = :state, request = :request, answer = :answer::jsonb,
       reasons = :reasons, grant_id = :grant_id, decided_at = :decided_at
 WHERE region = :region AND basket = :basket AND id = :id;

-- name: close_basket!
-- A basket of which every line was decided is closed.
UPDATE baskets b SET state = 'closed', closed_at = :now
 WHERE region = :region AND id = :id AND state = 'sent' AND NOT EXISTS (
   SELECT FROM basket_lines l WHERE l.region = b.region AND l.basket = b.id AND l.state = 'asked');

-- name: open_request!
-- A request to one provider: the request, the case that it is, its steps.
WITH c AS (
  INSERT INTO cases (region, id, number, applicant_name, pack, version, journey, state, submitted_at, accepted_at,
                     due_on, closed_at)
  VALUES (:region, :id, :number, :title, :way_pack, :way_version, :way,
          CASE WHEN :open THEN 'accepted' ELSE 'closed' END, :now, :now, :due_on::date,
          CASE WHEN :open THEN NULL ELSE :now::timestamptz END)),
r AS (
  INSERT INTO sharing_requests (region, id, basket, consumer, provider, state, made_at, closed_at)
  VALUES (:region, :id, :basket, :consumer, :provider, CASE WHEN :open THEN 'open' ELSE 'closed' END, :now,
          CASE WHEN :open THEN NULL ELSE :now::timestamptz END))
INSERT INTO tasks (region, case_id, task, kind, department, state, started_at, due_on, decided_at, decision)
SELECT :region, :id, t.task, 'step', :provider, t.state,
       CASE WHEN t.state IN ('ready', 'done') THEN :now::timestamptz END, t.due_on,
       CASE WHEN t.state = 'done' THEN :now::timestamptz END, CASE WHEN t.state = 'done' THEN 'passed' END
  FROM (VALUES ('check', 'done', :check_by::date),
               ('answer', CASE WHEN :open THEN 'ready' ELSE 'not_applicable' END, :due_on::date),
               ('approve', CASE WHEN :open THEN 'waiting' ELSE 'not_applicable' END, NULL::date))
    AS t(task, state, due_on);

-- name: numbered_request^
-- The request for data with a case number.
SELECT r.id, r.consumer, r.provider FROM cases c JOIN sharing_requests r ON r.region = c.region AND r.id = c.id
 WHERE c.region = :region AND c.number = :number;

-- name: lock_request$
-- Lock one request: acts on it happen one after the other.
SELECT id FROM sharing_requests WHERE region = :region AND id = :id FOR UPDATE;

-- name: request^
-- One request with its case and steps.
SELECT r.region, r.id, r.basket, r.consumer, r.provider, r.state, r.made_at, r.closed_at, c.number, c.due_on, c.pack,
       c.version, c.journey, c.applicant_name AS title, b.title AS basket_title, b.theme, platform_now() AS now,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decided_by', t.decided_by, 'decision', t.decision, 'reasons', t.reasons, 'revision', t.revision))
          FROM tasks t WHERE t.region = r.region AND t.case_id = r.id) AS tasks
  FROM sharing_requests r JOIN cases c ON c.region = r.region AND c.id = r.id
  JOIN baskets b ON b.region = r.region AND b.id = r.basket
 WHERE r.region = :region AND r.id = :id;

-- name: move_request!
-- A step was done: it, the next one, the request and its case.
WITH r AS (
  UPDATE sharing_requests SET state = :state, closed_at = CASE WHEN :state = 'closed' THEN :now::timestamptz END
   WHERE region = :region AND id = :id),
c AS (
  UPDATE cases SET state = CASE WHEN :state = 'closed' THEN 'closed' ELSE 'accepted' END, revision = revision + 1,
         closed_at = CASE WHEN :state = 'closed' THEN :now::timestamptz END
   WHERE region = :region AND id = :id)
UPDATE tasks t SET state = u.state, revision = t.revision + 1, due_on = coalesce(t.due_on, :due_on::date),
       started_at = CASE WHEN u.state = 'ready' THEN :now::timestamptz ELSE t.started_at END,
       decided_at = CASE WHEN u.state = 'done' THEN :now::timestamptz END,
       decided_by = CASE WHEN u.state = 'done' THEN :account::uuid END,
       decision = CASE WHEN u.state = 'done' THEN :decision END,
       reasons = CASE WHEN u.state = 'done' THEN :reasons END
  FROM unnest(:tasks::text[], :states::text[]) AS u(task, state)
 WHERE t.region = :region AND t.case_id = :id AND t.task = u.task;

-- name: baskets_of
-- Baskets that some departments sent, newest first, by keyset.
SELECT b.region, b.id, b.consumer, b.account, b.title, b.theme, b.state, b.made_at, b.sent_at, b.closed_at,
       (SELECT count(*) FROM basket_lines l WHERE l.region = b.region AND l.basket = b.id) AS lines,
       (SELECT count(*) FROM basket_lines l WHERE l.region = b.region AND l.basket = b.id
           AND l.state IN ('granted', 'narrowed')) AS granted,
       (SELECT count(*) FROM basket_lines l WHERE l.region = b.region AND l.basket = b.id AND l.state = 'refused')
           AS refused
  FROM baskets b
 WHERE b.region = :region AND b.state <> 'draft' AND (:everywhere OR b.consumer = ANY(:departments::text[]))
   AND (b.sent_at, b.id) < (coalesce(:before_at, 'infinity'::timestamptz),
       coalesce(:before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
 ORDER BY b.sent_at DESC, b.id DESC LIMIT :most;

-- name: requests_of
-- Requests to some departments, newest first, by keyset.
SELECT r.region, r.id, r.basket, r.consumer, r.provider, r.state, r.made_at, r.closed_at, c.number,
       b.title AS basket_title, t.task AS step, t.due_on,
       (SELECT count(*) FROM basket_lines l WHERE l.region = r.region AND l.request = r.id) AS lines
  FROM sharing_requests r
  JOIN cases c ON c.region = r.region AND c.id = r.id
  JOIN baskets b ON b.region = r.region AND b.id = r.basket
  LEFT JOIN tasks t ON t.region = r.region AND t.case_id = r.id AND t.state = 'ready'
 WHERE r.region = :region AND (:everywhere OR r.provider = ANY(:departments::text[]))
   AND (:open::boolean IS NULL OR (r.state <> 'closed') = :open::boolean)
   AND (r.made_at, r.id) < (coalesce(:before_at, 'infinity'::timestamptz),
       coalesce(:before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
 ORDER BY r.made_at DESC, r.id DESC LIMIT :most;

-- name: requests_of_basket
-- The requests of one basket, with the day each is due.
SELECT r.id, r.provider, r.state, r.closed_at, c.number, c.due_on
  FROM sharing_requests r JOIN cases c ON c.region = r.region AND c.id = r.id
 WHERE r.region = :region AND r.basket = :basket ORDER BY r.provider;

-- name: events_of
-- What happened to a request, oldest first.
SELECT id, at, kind, task, actor, basis, detail FROM case_events
 WHERE region = :region AND case_id = :id ORDER BY at, id;

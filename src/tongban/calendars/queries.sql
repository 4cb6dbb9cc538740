-- name: calendar_files
-- The newest published edition of every region, kind and year: what a process counts by.
SELECT DISTINCT ON (region, kind, year) region, kind, year, edition, content FROM calendars
 WHERE state = 'published' ORDER BY region, kind, year, edition DESC;

-- name: calendars_stamp$
-- Changes whenever a calendar is published: what servers compare before reading again.
SELECT count(*) || ' ' || coalesce(max(decided_at)::text, '') FROM calendars WHERE state = 'published';

-- name: standing^
-- The newest published edition of one region, kind and year.
SELECT edition, content FROM calendars
 WHERE region = :region AND kind = :kind AND year = :year AND state = 'published' ORDER BY edition DESC LIMIT 1;

-- name: waiting^
-- A proposal of the same content that waits.
SELECT id FROM calendars WHERE region = :region AND digest = :digest AND state = 'proposed' LIMIT 1;

-- name: proposals
-- The newest proposals, with the names of both people.
-- wall: officials (whoever proposes and whoever decides has a post)
SELECT c.region, c.id, c.kind, c.year, c.edition, c.content, c.state, c.proposed_by, c.proposed_at, c.decided_at,
       c.reasons, p.name AS proposer, d.name AS decider,
       c.state = 'published' AND NOT EXISTS (SELECT 1 FROM calendars n WHERE n.region = c.region AND n.kind = c.kind
           AND n.year = c.year AND n.state = 'published' AND n.edition > c.edition) AS in_force
  FROM calendars c JOIN persons p ON p.id = c.proposed_by LEFT JOIN persons d ON d.id = c.decided_by
 WHERE (:region::text IS NULL OR c.region = :region) AND (:id::uuid IS NULL OR c.id = :id)
 ORDER BY (c.state = 'proposed') DESC, c.proposed_at DESC, c.id LIMIT 100;

-- name: lock_calendars!
-- Calendars are published one after the other; held until the transaction ends.
SELECT pg_advisory_xact_lock(7316021);

-- name: lock_proposal^
-- One proposal, held until the transaction ends.
SELECT region, id, kind, year, state, content, proposed_by FROM calendars WHERE id = :id FOR UPDATE;

-- name: put_proposal!
-- A file as it was proposed.
INSERT INTO calendars (region, id, kind, year, content, digest, proposed_by, proposed_at)
VALUES (:region, :id, :kind, :year, :content, :digest, :person, :now);

-- name: publish!
-- Put a proposal into force, with what follows from it.
WITH done AS (
  UPDATE calendars SET state = 'published', edition = :edition, decided_by = :person, decided_at = :now
   WHERE region = :region AND id = :id RETURNING id)
INSERT INTO outbox (region, id, topic, payload) SELECT :region, :outbox_id, 'calendar.published', :payload FROM done;

-- name: decline!
-- Decline a proposal.
UPDATE calendars SET state = 'declined', reasons = :reasons, decided_by = :person, decided_at = :now
 WHERE region = :region AND id = :id;

-- name: announce_calendars!
-- Running servers read the calendars again.
SELECT pg_notify('calendars_changed', '');

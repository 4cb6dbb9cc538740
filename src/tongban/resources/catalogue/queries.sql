-- name: next_number$
-- The next serial number of a category; whoever asks at the same time waits and gets the one after.
INSERT INTO catalogue_numbers (region, category, last) VALUES (:region, :category, 1)
ON CONFLICT (region, category) DO UPDATE SET last = catalogue_numbers.last + 1 RETURNING last;

-- name: put_entry!
-- A new entry with its first version.
WITH version AS (
  INSERT INTO catalogue_versions (region, entry, revision, content) VALUES (:region, :id, 1, :content::text::jsonb))
INSERT INTO catalogue_entries (region, id, kind, code, provider, resource, state, revision, name, content, name_grams,
                               grams, sharing, open, cycle, library, grade, changed_at)
VALUES (:region, :id, :kind, :code, :provider, :resource, 'draft', 1, :name, :content::text::jsonb,
        :name_grams::text[], :grams::text[], :sharing, :open, :cycle, :library, :grade, :now);

-- name: put_version!
-- A newer version. What is published stays shown until the newer one is.
WITH version AS (
  INSERT INTO catalogue_versions (region, entry, revision, content)
  VALUES (:region, :id, :revision, :content::text::jsonb))
UPDATE catalogue_entries SET
       state = 'draft', revision = :revision, changed_at = :now, code = :code,
       name = CASE WHEN published IS NULL THEN :name ELSE name END,
       content = CASE WHEN published IS NULL THEN :content::text::jsonb ELSE content END,
       name_grams = CASE WHEN published IS NULL THEN :name_grams::text[] ELSE name_grams END,
       grams = CASE WHEN published IS NULL THEN :grams::text[] ELSE grams END,
       sharing = CASE WHEN published IS NULL THEN :sharing ELSE sharing END,
       open = CASE WHEN published IS NULL THEN :open ELSE open END,
       cycle = CASE WHEN published IS NULL THEN :cycle ELSE cycle END,
       library = CASE WHEN published IS NULL THEN :library ELSE library END,
       grade = CASE WHEN published IS NULL THEN :grade ELSE grade END
 WHERE region = :region AND id = :id;

-- name: put_published!
-- The newest version is what others see from now on.
UPDATE catalogue_entries SET
       state = 'published', published = revision, published_at = :now, changed_at = :now, code = :code, name = :name,
       content = :content::text::jsonb, name_grams = :name_grams::text[], grams = :grams::text[], sharing = :sharing,
       open = :open, cycle = :cycle, library = :library, grade = :grade, public = :public
 WHERE region = :region AND id = :id;

-- name: put_state!
-- The newest version is handed in or given back.
UPDATE catalogue_entries SET state = :state, changed_at = :now WHERE region = :region AND id = :id;

-- name: put_withdrawn!
-- Others do not see it any more.
UPDATE catalogue_entries SET state = 'withdrawn', published = NULL, public = false, changed_at = :now
 WHERE region = :region AND id = :id;

-- name: put_updated!
-- The day on which the data was brought up to date; never earlier than what was known.
UPDATE catalogue_entries SET updated_on = greatest(updated_on, :day) WHERE region = :region AND id = :id;

-- name: put_act!
-- One act of an entry's history.
INSERT INTO catalogue_acts (region, entry, id, at, act, revision, person, department, pack, note)
VALUES (:region, :entry, :id, :at, :act, :revision, :person, :department, :pack, :note);

-- name: lock_entry^
-- One entry, locked until the transaction ends.
SELECT region, id, kind, code, provider, resource, state, revision, published, content, public, updated_on,
       published_at, changed_at FROM catalogue_entries WHERE region = :region AND id = :id FOR UPDATE;

-- name: entry^
-- One entry with its newest version.
SELECT e.region, e.id, e.kind, e.code, e.provider, e.resource, e.state, e.revision, e.published, e.content, e.public,
       e.updated_on, e.published_at, e.changed_at, v.content AS newest
  FROM catalogue_entries e JOIN catalogue_versions v
    ON (v.region, v.entry, v.revision) = (e.region, e.id, e.revision)
 WHERE e.region = :region AND e.id = :id;

-- name: entry_of_resource^
-- The entry that describes a pack's resource.
SELECT id, code, state, revision, published FROM catalogue_entries WHERE region = :region AND resource = :resource;

-- name: entry_by_code$
-- Which entry has a code.
SELECT id FROM catalogue_entries WHERE region = :region AND code = :code;

-- name: version$
-- One version.
SELECT content FROM catalogue_versions WHERE region = :region AND entry = :entry AND revision = :revision;

-- name: history
-- Every act of an entry, newest first, each with the version it was about and the one before.
SELECT a.at, a.act, a.revision, a.department, a.pack, a.note, v.content, b.content AS before
  FROM catalogue_acts a
  JOIN catalogue_versions v ON (v.region, v.entry, v.revision) = (a.region, a.entry, a.revision)
  LEFT JOIN catalogue_versions b ON (b.region, b.entry, b.revision) = (a.region, a.entry, a.revision - 1)
 WHERE a.region = :region AND a.entry = :entry ORDER BY a.id DESC LIMIT 200;

-- name: untouched$
-- Whether nobody but packs has ever acted on an entry.
SELECT NOT EXISTS (SELECT 1 FROM catalogue_acts WHERE region = :region AND entry = :entry AND person IS NOT NULL);

-- name: browse
-- A page of a region's catalogue: what is published; or own entries in some state; best fit first, then by code.
-- What is asked for is found by its pairs of characters, of which at least :least must be there.
SELECT * FROM (
SELECT e.region, e.id, e.kind, e.code, e.provider, e.resource, e.state, e.name, e.content ->> 'summary' AS summary,
       e.sharing, e.open, e.cycle, e.grade, e.updated_on, e.published_at,
       cardinality(:asked::text[]) - cardinality(ARRAY(SELECT unnest(:asked::text[]) EXCEPT SELECT unnest(e.grams)))
       + 3 * (cardinality(:asked::text[])
              - cardinality(ARRAY(SELECT unnest(:asked::text[]) EXCEPT SELECT unnest(e.name_grams)))) AS score,
       cardinality(:asked::text[]) - cardinality(ARRAY(SELECT unnest(:asked::text[]) EXCEPT SELECT unnest(e.grams)))
           AS fitting
  FROM catalogue_entries e
 WHERE e.region = :region
   AND CASE WHEN :state::text IS NULL THEN e.published IS NOT NULL
            ELSE e.state = :state AND (:all_states OR e.provider = ANY(:own::text[])) END
   AND (NOT :public_only OR e.public)
   AND (cardinality(:asked::text[]) = 0 OR e.grams && :asked::text[])
   AND (:kind::text IS NULL OR e.kind = :kind) AND (:provider::text IS NULL OR e.provider = :provider)
   AND (:sharing::text IS NULL OR e.sharing = :sharing) AND (:open::text IS NULL OR e.open = :open)
   AND (:cycle::text IS NULL OR e.cycle = :cycle) AND (:library::text IS NULL OR e.library = :library)
   AND (:grade::text IS NULL OR e.grade = :grade)) found
 WHERE fitting >= :least
   AND (:after_code::text IS NULL OR score < :after_score OR (score = :after_score AND code > :after_code))
 ORDER BY score DESC, code LIMIT :most;

-- name: harvested
-- A page of what was harvested from other nodes, best fit first, then by code and id.
SELECT * FROM (
SELECT h.region, h.id, h.kind, h.code, h.provider, h.name, h.content, s.node,
       cardinality(:asked::text[]) - cardinality(ARRAY(SELECT unnest(:asked::text[]) EXCEPT SELECT unnest(h.grams)))
           AS score
  FROM catalogue_harvested h JOIN catalogue_sources s USING (url)
 WHERE (cardinality(:asked::text[]) = 0 OR h.grams && :asked::text[])
   AND (:kind::text IS NULL OR h.kind = :kind)) found
 WHERE score >= :least
   AND (:after_id::uuid IS NULL OR score < :after_score
        OR (score = :after_score AND (code, id) > (:after_code, :after_id::uuid)))
 ORDER BY score DESC, code, id LIMIT :most;

-- name: counts
-- How many entries of each kind are published, and how many wait for a data administrator.
SELECT kind, count(*) FILTER (WHERE published IS NOT NULL) AS published, count(*) FILTER (WHERE state = 'waiting') AS waiting
  FROM catalogue_entries WHERE region = :region GROUP BY kind;

-- name: whole
-- Every entry of a region that is published (or public), in the order of codes, a stretch at a time.
SELECT region, id, kind, code, provider, resource, state, revision, published, content, public, updated_on,
       published_at, changed_at FROM catalogue_entries
 WHERE region = :region AND published IS NOT NULL AND (NOT :public_only OR public) AND code > :after
   AND (:kind::text IS NULL OR kind = :kind)
 ORDER BY code LIMIT :most;

-- name: lock_feed^
-- Hold a region's feed until the transaction ends: positions come in the order in which they are committed.
SELECT pg_advisory_xact_lock(hashtextextended('tongban.catalogue:' || :region, 0)) IS NULL AS held;

-- name: put_feed!
-- Append a publication or withdrawal. The caller holds the feed's lock.
INSERT INTO catalogue_feed (region, position, entry, revision, gone, at)
SELECT :region, coalesce(max(position), 0) + 1, :entry, :revision, :gone, :now FROM catalogue_feed
 WHERE region = :region;

-- name: uses(region, resources, since)
-- Look-ups of some resources by asking department and month: what was counted, and what came since. Refused ones
-- are no use.
SELECT resource, consumer, month, sum(uses)::bigint AS uses, max(last_at) AS last_at FROM (
  SELECT resource, consumer, month, uses, last_at FROM catalogue_uses
   WHERE region = :region AND resource = ANY(:resources::text[]) AND month >= :since
  UNION ALL
  SELECT substr(source, 10), consumer, date_trunc('month', asked_at AT TIME ZONE 'Asia/Shanghai')::date, count(*),
         max(asked_at) FROM look_ups
   WHERE region = :region AND outcome <> 'refused' AND starts_with(source, 'resource:')
     AND id >= coalesce((SELECT up_to FROM catalogue_counted WHERE region = :region),
                        '00000000-0000-0000-0000-000000000000'::uuid)
     AND substr(source, 10) = ANY(:resources::text[]) AND asked_at >= :since::date
   GROUP BY 1, 2, 3) both_parts
 GROUP BY 1, 2, 3;

-- name: real_now$
-- The machine's time, which ids are made from, also where a demonstration's clock runs ahead.
SELECT clock_timestamp();

-- name: lock_counting^
-- Only one counts at a time.
SELECT pg_advisory_xact_lock(hashtextextended('tongban.catalogue.counting', 0)) IS NULL AS held;

-- name: fold_uses
-- Count the look-ups of every region up to an id into monthly sums, and remember how far.
WITH regions AS (SELECT DISTINCT region FROM catalogue_entries),
new AS (
  SELECT l.region, substr(l.source, 10) AS resource, l.consumer,
         date_trunc('month', l.asked_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
         count(*) AS uses, max(l.asked_at) AS last_at
    FROM regions r LEFT JOIN catalogue_counted c USING (region)
    JOIN look_ups l ON l.region = r.region
     AND l.id >= coalesce(c.up_to, '00000000-0000-0000-0000-000000000000'::uuid) AND l.id < :up_to
   WHERE l.outcome <> 'refused' AND starts_with(l.source, 'resource:')
   GROUP BY 1, 2, 3, 4),
counted AS (
  INSERT INTO catalogue_counted (region, up_to) SELECT region, :up_to FROM regions
  ON CONFLICT (region) DO UPDATE SET up_to = greatest(catalogue_counted.up_to, excluded.up_to))
INSERT INTO catalogue_uses AS u (region, resource, consumer, month, uses, last_at)
SELECT region, resource, consumer, month, uses, last_at FROM new
ON CONFLICT (region, resource, consumer, month) DO UPDATE
   SET uses = u.uses + excluded.uses, last_at = greatest(u.last_at, excluded.last_at)
RETURNING uses;

-- name: reports(region, entries, since)
-- What was reported of some entries.
SELECT entry, month, uses, users, last_used FROM catalogue_reports
 WHERE region = :region AND entry = ANY(:entries::uuid[]) AND month >= :since;

-- name: put_report!
-- A month's use as reported; the newest report counts.
INSERT INTO catalogue_reports (region, entry, month, uses, users, last_used, reported_by, reported_at)
VALUES (:region, :entry, :month, :uses, :users, :last_used, :person, :now)
ON CONFLICT (region, entry, month) DO UPDATE
   SET uses = excluded.uses, users = excluded.users, last_used = excluded.last_used,
       reported_by = excluded.reported_by, reported_at = excluded.reported_at;

-- name: settings^
-- What counts as idle and as alike where a region has decided it.
SELECT idle_days, alike FROM catalogue_settings WHERE region = :region;

-- name: put_settings!
-- Decide what counts as idle and as alike.
INSERT INTO catalogue_settings (region, idle_days, alike, changed_at) VALUES (:region, :idle_days, :alike, :now)
ON CONFLICT (region) DO UPDATE
   SET idle_days = excluded.idle_days, alike = excluded.alike, changed_at = excluded.changed_at;

-- name: put_project!
-- A project as proposed, with what was found at once.
INSERT INTO catalogue_projects (region, id, department, state, content, findings, checked_at, proposed_by, proposed_at)
VALUES (:region, :id, :department, 'open', :content::text::jsonb, :findings::text::jsonb, :now, :person, :now);

-- name: lock_project^
-- One project, locked until the transaction ends.
SELECT region, id, proposed_by, department, state, content, findings, answers, checked_at, proposed_at, decided_at, reasons
  FROM catalogue_projects WHERE region = :region AND id = :id FOR UPDATE;

-- name: project^
-- One project.
SELECT region, id, department, state, content, findings, answers, checked_at, proposed_at, decided_at, reasons
  FROM catalogue_projects WHERE region = :region AND id = :id;

-- name: projects
-- Projects of some departments, or of all, the newest first.
SELECT region, id, department, state, content, findings, answers, checked_at, proposed_at, decided_at, reasons
  FROM catalogue_projects
 WHERE region = :region AND (:everybody OR department = ANY(:own::text[]))
   AND (:before::uuid IS NULL OR (proposed_at, id) < (SELECT proposed_at, id FROM catalogue_projects
                                                       WHERE region = :region AND id = :before))
 ORDER BY proposed_at DESC, id DESC LIMIT :most;

-- name: put_findings!
-- What a comparison found.
UPDATE catalogue_projects SET findings = :findings::text::jsonb, checked_at = :now WHERE region = :region AND id = :id;

-- name: put_answers!
-- What the department says to what was found.
UPDATE catalogue_projects SET answers = :answers::text::jsonb WHERE region = :region AND id = :id;

-- name: decide_project$
-- Approve or decline an open project. That it is another's, the checkpoint has seen under the row's lock.
UPDATE catalogue_projects SET state = :state, decided_by = :person, decided_at = :now, reasons = :reasons
 WHERE region = :region AND id = :id AND state = 'open' RETURNING id;

-- name: harvester^
-- The node behind a token.
SELECT region, id, name FROM catalogue_harvesters WHERE digest = :digest AND revoked_at IS NULL;

-- name: last_position$
-- The newest position of a region's feed.
SELECT coalesce(max(position), 0) FROM catalogue_feed WHERE region = :region;

-- name: feed
-- A stretch of a region's feed, each publication with the version that was published.
SELECT f.region, f.position, f.entry, f.revision, f.gone, f.at, e.kind, e.code, e.provider, v.content
  FROM catalogue_feed f
  JOIN catalogue_entries e ON (e.region, e.id) = (f.region, f.entry)
  JOIN catalogue_versions v ON (v.region, v.entry, v.revision) = (f.region, f.entry, f.revision)
 WHERE f.region = :region AND f.position > :after ORDER BY f.position LIMIT :most;

-- name: register^
-- A new harvester, or a new token for one whose token was revoked; nothing when one of that name is registered.
INSERT INTO catalogue_harvesters (digest, region, id, name, registered_at)
VALUES (:digest, :region, :id, :name, :now)
ON CONFLICT (region, name) DO UPDATE
   SET digest = excluded.digest, registered_at = excluded.registered_at, revoked_at = NULL
 WHERE catalogue_harvesters.revoked_at IS NOT NULL
RETURNING id;

-- name: revoke^
-- The token ends at once.
UPDATE catalogue_harvesters SET revoked_at = :now
 WHERE region = :region AND name = :name AND revoked_at IS NULL RETURNING id;

-- name: harvesters
-- Every node that was ever registered.
SELECT region, id, name, registered_at, revoked_at FROM catalogue_harvesters ORDER BY region, name;

-- name: sources
-- Every node that is harvested here.
SELECT url, region, node, key, cursor, harvested_at,
       (SELECT count(*) FROM catalogue_harvested h WHERE h.url = s.url) AS entries
  FROM catalogue_sources s ORDER BY url;

-- name: lock_source$
-- Where the cursor stands, held until the transaction ends; a source that is new begins at nothing.
INSERT INTO catalogue_sources AS s (url, region, node, key) VALUES (:url, :region, :node, :key)
ON CONFLICT (url) DO UPDATE SET node = s.node RETURNING cursor;

-- name: put_cursor!
-- How far the node at an address was harvested.
UPDATE catalogue_sources SET cursor = :cursor, harvested_at = platform_now() WHERE url = :url;

-- name: put_harvested!
-- An entry of another node as it stands there now.
INSERT INTO catalogue_harvested (url, id, position, region, kind, code, provider, name, content, grams)
VALUES (:url, :id, :position, :region, :kind, :code, :provider, :name, :content::text::jsonb, :grams::text[])
ON CONFLICT (url, id) DO UPDATE
   SET position = excluded.position, kind = excluded.kind, code = excluded.code, provider = excluded.provider,
       name = excluded.name, content = excluded.content, grams = excluded.grams;

-- name: drop_harvested!
-- An entry that was withdrawn there is gone here.
DELETE FROM catalogue_harvested WHERE url = :url AND id = :id;

-- name: unpublished
-- Entries of some departments whose newest version is not published.
SELECT e.region, e.id, e.kind, e.code, e.provider, e.resource, e.state, e.revision, e.published, v.content, e.public,
       e.updated_on, e.published_at, e.changed_at
  FROM catalogue_entries e JOIN catalogue_versions v
    ON (v.region, v.entry, v.revision) = (e.region, e.id, e.revision)
 WHERE e.region = :region AND e.provider = ANY(:own::text[]) AND e.state <> 'published'
 ORDER BY e.changed_at DESC, e.id LIMIT :most;

-- name: waiting
-- What waits to be published, the longest waiting first.
SELECT e.region, e.id, e.kind, e.code, e.provider, e.resource, e.state, e.revision, e.published, v.content, e.public,
       e.updated_on, e.published_at, e.changed_at
  FROM catalogue_entries e JOIN catalogue_versions v
    ON (v.region, v.entry, v.revision) = (e.region, e.id, e.revision)
 WHERE e.region = :region AND e.state = 'waiting' ORDER BY e.changed_at, e.id LIMIT :most;

-- name: named
-- The published entries behind some codes.
SELECT code, id, name FROM catalogue_entries
 WHERE region = :region AND code = ANY(:codes::text[]) AND published IS NOT NULL;

-- name: provided
-- The newest version of everything that a department provides.
SELECT e.region, e.id, e.kind, e.code, e.provider, e.resource, e.state, e.revision, e.published, v.content, e.public,
       e.updated_on, e.published_at, e.changed_at
  FROM catalogue_entries e JOIN catalogue_versions v
    ON (v.region, v.entry, v.revision) = (e.region, e.id, e.revision)
 WHERE e.region = :region AND e.provider = :department ORDER BY e.code;

-- name: most_public$
-- The region of those given that has the most public entries.
SELECT region FROM catalogue_entries WHERE public AND region = ANY(:regions::text[])
 GROUP BY region ORDER BY count(*) DESC, region LIMIT 1;

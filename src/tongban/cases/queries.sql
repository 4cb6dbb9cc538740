-- name: open_draft^
-- Open a draft, or hand back the one that is open already for this journey and account, or enterprise.
WITH made AS (
  INSERT INTO drafts (region, id, account, enterprise, pack, version, journey, form, opened_at, updated_at)
  VALUES (:region, :id, :account, :enterprise, :pack, :version, :journey, :form, :now, :now)
  ON CONFLICT (region, (CASE WHEN enterprise IS NULL THEN account ELSE enterprise END), journey)
        WHERE submitted_at IS NULL AND abandoned_at IS NULL DO NOTHING
  RETURNING id)
SELECT id, true AS made FROM made
UNION ALL
SELECT id, false FROM drafts
 WHERE region = :region AND CASE WHEN enterprise IS NULL THEN account ELSE enterprise END = coalesce(:enterprise::uuid, :account::uuid)
   AND journey = :journey AND submitted_at IS NULL AND abandoned_at IS NULL AND NOT EXISTS (SELECT 1 FROM made);

-- name: draft^
-- One draft with its evidence and files, in one round trip. Whoever opened one for an enterprise need not be seen.
SELECT d.region, d.id, d.account, d.pack, d.version, d.journey, d.form, d.revision, d.noticed_at, d.consents,
       d.commitments, d.tolerated, d.opened_at, d.updated_at, d.submitted_at, d.abandoned_at, coalesce(d.enterprise, d.account) AS owner,
       d.enterprise, n.name AS enterprise_name, n.uscc_key AS enterprise_key, n.sealed AS enterprise_sealed,
       w.name AS principal_name, w.id_key AS principal_key, w.sealed AS principal_sealed,
       (SELECT coalesce(json_agg(json_build_object('material', e.material, 'source', e.source, 'found', e.found,
               'outcome', e.outcome, 'provider', e.provider, 'basis', e.basis, 'look_up', e.look_up, 'at', e.at,
               'asked', encode(e.asked, 'base64'), 'fresh_until', e.fresh_until,
               'sealed', encode(u.sealed, 'base64')) ORDER BY e.at), '[]')
          FROM case_evidence e JOIN look_ups u ON u.region = :region AND u.id = e.look_up WHERE e.region = :region AND e.case_id = :id) AS evidence,
       (SELECT coalesce(json_agg(json_build_object('id', f.id, 'material', f.material, 'name', f.name,
               'media_type', f.media_type, 'size', f.size, 'uploaded_at', f.uploaded_at) ORDER BY f.id), '[]')
          FROM case_files f WHERE f.region = :region AND f.case_id = :id AND f.removed_at IS NULL) AS files
  FROM drafts d LEFT JOIN accounts o ON o.id = d.account LEFT JOIN persons w ON w.id = o.person
  LEFT JOIN enterprises n ON n.id = d.enterprise WHERE d.region = :region AND d.id = :id;

-- name: submission^
-- Everything a submission needs: the actor behind the secret, the time, and the draft. One round trip.
-- Of those for whom the actor may act only the one that this draft needs.
SELECT a.id AS account, a.login, s.id AS session, s.factors, s.proved_at,
       CASE WHEN a.assurance = 'declared' THEN 'declared' WHEN s.strong_until > statement_timestamp() THEN 'strong'
            ELSE a.assurance END AS assurance,
       p.id AS person, p.name, p.id_key, p.sealed, platform_now() AS now,
       coalesce((SELECT json_agg(json_build_object('region', o.region, 'department', o.department, 'role', o.role))
                   FROM posts o WHERE o.account = a.id
                    AND (o.valid_until IS NULL OR o.valid_until > platform_now())), '[]') AS posts,
       CASE WHEN d.enterprise IS NULL THEN '[]'::json ELSE
         (SELECT coalesce(json_agg(json_build_object('enterprise', m.enterprise, 'name', n.name,
                 'key', encode(n.uscc_key, 'base64'), 'capacity', m.capacity, 'until', m.until, 'services', m.services)
                 ORDER BY m.services IS NOT NULL), '[]')
            FROM mandates m WHERE m.person = p.id AND m.enterprise = d.enterprise AND m.since <= platform_now()
             AND (m.until IS NULL OR m.until > platform_now())) END AS mandates,
       CASE WHEN d.enterprise IS NOT NULL OR d.account = a.id THEN '[]'::json ELSE
         (SELECT coalesce(json_agg(json_build_object('account', r.account, 'name', w.name,
                 'key', encode(w.id_key, 'base64'), 'capacity', r.capacity, 'until', r.until, 'services', r.services)
                 ORDER BY r.services IS NOT NULL), '[]')
            FROM represented_now r WHERE r.by_person = p.id AND r.account = d.account) END AS represented,
       CASE WHEN d.account = a.id THEN '[]'::json ELSE
         (SELECT coalesce(json_agg(json_build_object('region', s.region, 'matter', s.matter, 'department', s.department,
                 'account', s.account, 'name', s.name, 'service', s.journey, 'until', s.until,
                 'confirmed_as', s.confirmed_as, 'revision', s.revision)), '[]')
            FROM assisting_now s WHERE s.clerk = a.id AND s.region = d.region AND s.matter = d.id) END AS assisting,
       w.name AS principal_name, w.id_key AS principal_key, w.sealed AS principal_sealed,
       d.region, d.id, d.account AS opened_by, coalesce(d.enterprise, d.account) AS owner, d.enterprise,
       n.name AS enterprise_name, n.uscc_key AS enterprise_key, n.sealed AS enterprise_sealed,
       d.pack, d.version, d.journey, d.form, d.revision, d.noticed_at, d.consents, d.commitments,
       d.tolerated, d.opened_at, d.updated_at, d.submitted_at, d.abandoned_at,
       (SELECT coalesce(json_agg(json_build_object('material', e.material, 'source', e.source, 'found', e.found,
               'outcome', e.outcome, 'provider', e.provider, 'basis', e.basis, 'look_up', e.look_up, 'at', e.at,
               'asked', encode(e.asked, 'base64'), 'fresh_until', e.fresh_until,
               'sealed', encode(u.sealed, 'base64')) ORDER BY e.at), '[]')
          FROM case_evidence e JOIN look_ups u ON u.region = :region AND u.id = e.look_up WHERE e.region = :region AND e.case_id = :id) AS evidence,
       (SELECT coalesce(json_agg(json_build_object('id', f.id, 'material', f.material, 'name', f.name,
               'media_type', f.media_type, 'size', f.size, 'uploaded_at', f.uploaded_at) ORDER BY f.id), '[]')
          FROM case_files f WHERE f.region = :region AND f.case_id = :id AND f.removed_at IS NULL) AS files
  FROM sessions s JOIN accounts a ON a.id = s.account JOIN persons p ON p.id = a.person
  LEFT JOIN drafts d ON d.region = :region AND d.id = :id LEFT JOIN enterprises n ON n.id = d.enterprise
  LEFT JOIN accounts o ON o.id = d.account LEFT JOIN persons w ON w.id = o.person
 WHERE s.digest = :digest AND s.kind = :kind AND s.expires_at > statement_timestamp()
   AND s.used_at + s.idle > statement_timestamp() AND a.disabled_at IS NULL;

-- name: submit^
-- The whole submission in one statement: draft closed, case, tasks, event, ledger entry, promise, outbox.
-- No row comes back when the draft was submitted, abandoned or changed in the meantime. Nothing of the new case is read
-- again: that would ask the second wall once more.
WITH d AS (
  UPDATE drafts SET submitted_at = :now
   WHERE region = :region AND id = :id AND coalesce(enterprise, account) = :owner AND revision = :revision
     AND consents = :consents AND submitted_at IS NULL AND abandoned_at IS NULL
  RETURNING pack, version, journey, enterprise),
c AS (
  INSERT INTO cases (region, id, number, account, enterprise, person_key, applicant_name, pack, version, journey,
                     state, dossier, submitted_at, fast_lane, look_at)
  SELECT :region, :id, :number, :account, enterprise, :person_key, :applicant_name, pack, version, journey,
         'submitted', :dossier, :now, :fast_lane, :look_at FROM d),
t AS (
  INSERT INTO tasks (region, case_id, task, kind, department, state, started_at, due_on)
  SELECT :region, :id, u.task, u.kind, u.department, u.state, u.started_at, u.due_on
    FROM unnest(:tasks::text[], :kinds::text[], :task_departments::text[], :states::text[],
                :started::timestamptz[], :due::date[]) AS u(task, kind, department, state, started_at, due_on)
   WHERE EXISTS (SELECT 1 FROM d)),
v AS (
  INSERT INTO case_events (region, case_id, id, at, kind, actor, basis)
  SELECT :region, :id, :entry_id, :now, :entry_kind, :actor, :basis FROM d),
l AS (
  INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
  SELECT :region, :entry_id, :entry_at, :entry_kind, :entry_subject, :entry_data::jsonb, :entry_salt, :entry_digest,
         :entry_person_key, :entry_retain_until FROM d),
p AS (
  INSERT INTO ledger_promises (region, entry_id, include_by) SELECT :region, :entry_id, :include_by FROM d),
o AS (
  INSERT INTO outbox (region, id, topic, payload)
  SELECT :region, :entry_id, :entry_kind, :payload::jsonb FROM d)
SELECT pack FROM d;

-- name: submitted_case^
-- What became of a draft that was submitted before.
SELECT c.number, c.submitted_at, e.id AS entry FROM cases c
  JOIN case_events e ON e.region = c.region AND e.case_id = c.id AND e.kind = 'case.submitted'
 WHERE c.region = :region AND c.id = :id AND coalesce(c.enterprise, c.account) = :owner ORDER BY e.id LIMIT 1;

-- name: numbers_of
-- The numbers and states of those of some matters that are cases by now.
SELECT c.region, c.id, c.number, c.state FROM unnest(:regions::text[], :matters::uuid[]) AS own (region, id)
  JOIN cases c ON c.region = own.region AND c.id = own.id;

-- name: waiting_of^
-- The case with a number if it is the account's own and may still be changed: its id, journey and departments.
SELECT c.id, c.journey,
       ARRAY(SELECT DISTINCT t.department FROM tasks t WHERE t.region = c.region AND t.case_id = c.id) AS departments
  FROM cases c WHERE c.region = :region AND c.number = :number AND c.account = :account AND c.enterprise IS NULL
   AND c.state = ANY(:states::text[]);

-- name: drafts_of
-- The open drafts of one account and of the enterprises it acts for, newest first. Each owner's are read from the
-- index and merged.
SELECT page.* FROM unnest(:owners::uuid[], :within::text[]) AS own (owner, within) CROSS JOIN LATERAL (
SELECT region, id, pack, version, journey, opened_at, updated_at, enterprise, account FROM drafts
 WHERE CASE WHEN enterprise IS NULL THEN account ELSE enterprise END = own.owner
   AND (own.within IS NULL OR journey = ANY(string_to_array(own.within, ','))) AND submitted_at IS NULL AND abandoned_at IS NULL
 ORDER BY updated_at DESC LIMIT 50) page
 ORDER BY updated_at DESC LIMIT 50;

-- name: save_draft^
-- Save the form of a draft; the new revision, or nothing when the page was stale.
UPDATE drafts SET form = :form, revision = revision + 1, updated_at = :now
 WHERE region = :region AND id = :id AND coalesce(enterprise, account) = :owner AND revision = :revision
   AND submitted_at IS NULL AND abandoned_at IS NULL
RETURNING revision;

-- name: notice_read^
-- The notice was read, and consent given to the named materials' sources. Kept even when read twice. What `others`
-- agreed to meanwhile is kept.
UPDATE drafts SET noticed_at = coalesce(noticed_at, :now), updated_at = :now,
       consents = :consents::text[] || ARRAY(SELECT unnest(consents) INTERSECT SELECT unnest(:others::text[]))
 WHERE region = :region AND id = :id AND coalesce(enterprise, account) = :owner
   AND submitted_at IS NULL AND abandoned_at IS NULL
RETURNING id, consents;

-- name: abandon_draft^
-- The person gives the draft up.
UPDATE drafts SET abandoned_at = :now, form = ''::bytea
 WHERE region = :region AND id = :id AND coalesce(enterprise, account) = :owner
   AND submitted_at IS NULL AND abandoned_at IS NULL
RETURNING id;

-- name: consent_taken_back!
-- The draft, or what became of it, knows no more of a consent.
UPDATE drafts SET consents = array_remove(consents, :material) WHERE region = :region AND id = :id;

-- name: lock_draft$
-- A draft that is not submitted, locked: until the transaction ends nobody submits it.
SELECT 1 FROM drafts WHERE region = :region AND id = :id AND submitted_at IS NULL FOR UPDATE;

-- name: consented_to
-- Whose draft or case each of some consents was given for, how its tasks stand, what was uploaded for its material.
-- A draft that was given up is left out. Rows come in the order of what was asked.
SELECT coalesce(d.enterprise, d.account, c.enterprise, c.account) AS owner, coalesce(c.pack, d.pack) AS pack,
       coalesce(c.version, d.version) AS version, coalesce(c.journey, d.journey) AS journey, c.state, asked.n,
       ARRAY(SELECT t.task FROM tasks t WHERE t.region = asked.region AND t.case_id = asked.id
               AND t.state IN ('waiting', 'ready')) AS open_tasks,
       ARRAY(SELECT f.name FROM case_files f WHERE f.region = asked.region AND f.case_id = asked.id
               AND f.material = asked.material AND f.removed_at IS NULL ORDER BY f.id) AS files
  FROM unnest(:regions::text[], :cases::uuid[], :materials::text[]) WITH ORDINALITY asked (region, id, material, n)
  LEFT JOIN drafts d ON d.region = asked.region AND d.id = asked.id AND d.abandoned_at IS NULL
  LEFT JOIN cases c ON c.region = asked.region AND c.id = asked.id
 WHERE d.id IS NOT NULL OR c.id IS NOT NULL
 ORDER BY asked.n;

-- name: drop_sources!
-- What some sources answered for one material serves no more.
DELETE FROM case_evidence WHERE region = :region AND case_id = :case_id AND material = :material
   AND source = ANY(:sources::text[]);

-- name: old_drafts
-- Drafts that nobody has touched since some day; they are purged in small steps.
SELECT region, id, coalesce(enterprise, account) AS owner FROM drafts
 WHERE updated_at < :before AND submitted_at IS NULL AND abandoned_at IS NULL ORDER BY updated_at LIMIT 100;

-- name: put_evidence!
-- What one source answered for one material; asking again replaces it.
INSERT INTO case_evidence (region, case_id, material, source, asked, found, outcome, provider, basis, look_up,
                           at, fresh_until)
VALUES (:region, :case_id, :material, :source, :asked, :found, :outcome, :provider, :basis, :look_up,
        :at, :fresh_until)
ON CONFLICT (region, case_id, material, source) DO UPDATE
   SET asked = excluded.asked, found = excluded.found, outcome = excluded.outcome, look_up = excluded.look_up,
       at = excluded.at, fresh_until = excluded.fresh_until;

-- name: drop_evidence!
-- What was asked with a value that has changed since no longer counts.
DELETE FROM case_evidence WHERE region = :region AND case_id = :case_id AND material = ANY(:materials);

-- name: purge_evidence!
-- Values fetched for a draft that was given up.
DELETE FROM case_evidence WHERE region = :region AND case_id = :case_id;

-- name: put_file!
-- One uploaded file, already checked and sealed.
INSERT INTO case_files (region, case_id, id, material, name, media_type, size, sha256, content, uploaded_at)
VALUES (:region, :case_id, :id, :material, :name, :media_type, :size, :sha256, :content, :now);

-- name: count_files$
-- How many files one material holds.
SELECT count(*) FROM case_files
 WHERE region = :region AND case_id = :case_id AND material = :material AND removed_at IS NULL;

-- name: remove_file^
-- Take a file off; its content goes, its trace stays. A clerk at a window: only what was brought since they began.
UPDATE case_files f SET removed_at = :now, content = ''::bytea
 WHERE region = :region AND case_id = :case_id AND id = :id AND removed_at IS NULL
   AND (:clerk::uuid IS NULL OR f.uploaded_at >= (SELECT begun_at FROM assistances a
         WHERE a.region = :region AND a.matter = :case_id AND a.clerk = :clerk)) RETURNING id;

-- name: brought$
-- The files that were brought since a clerk took a matter up at a window, and that can still be taken off there.
SELECT coalesce(array_agg(f.id), '{}') FROM assistances a
  JOIN case_files f ON f.region = a.region AND f.case_id = a.matter AND f.uploaded_at >= a.begun_at
 WHERE a.region = :region AND a.matter = :case_id AND a.clerk = :clerk AND f.removed_at IS NULL;

-- name: file_ids$
-- The files of a case that are not taken off.
SELECT coalesce(array_agg(id), '{}') FROM case_files
 WHERE region = :region AND case_id = :case_id AND removed_at IS NULL;

-- name: purge_files!
-- Uploads of a draft that was given up.
UPDATE case_files SET removed_at = :now, content = ''::bytea
 WHERE region = :region AND case_id = :case_id AND removed_at IS NULL;

-- name: file^
-- One file with its content.
SELECT id, material, name, media_type, size, content FROM case_files
 WHERE region = :region AND case_id = :case_id AND id = :id AND removed_at IS NULL;

-- name: case^
-- One case with tasks, events, evidence, files and questions: one round trip for a whole page.
SELECT c.region, c.id, c.number, c.account, c.person_key, c.applicant_name, c.pack, c.version, c.journey, c.state,
       c.enterprise,
       c.outcome, c.finish_code, c.dossier, c.revision, c.submitted_at, c.accepted_at, c.closed_at,
       c.due_on, c.look_at, c.fast_lane, platform_now() AS now,
       ARRAY(SELECT DISTINCT t.department FROM tasks t WHERE t.region = :region AND t.case_id = c.id
               AND (t.kind = 'intake' OR t.state IN ('ready', 'done'))) AS departments,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decided_by', t.decided_by, 'decided_for', t.decided_for, 'decision', t.decision, 'reasons', t.reasons, 'revision', t.revision))
          FROM tasks t WHERE t.region = :region AND t.case_id = :id) AS tasks,
       (SELECT json_agg(json_build_object('id', e.id, 'at', e.at, 'kind', e.kind, 'task', e.task, 'actor', e.actor,
               'basis', e.basis, 'detail', e.detail) ORDER BY e.at, e.id)
          FROM case_events e WHERE e.region = :region AND e.case_id = :id) AS events,
       (SELECT coalesce(json_agg(json_build_object('id', f.id, 'material', f.material, 'name', f.name,
               'media_type', f.media_type, 'size', f.size, 'uploaded_at', f.uploaded_at) ORDER BY f.id), '[]')
          FROM case_files f WHERE f.region = :region AND f.case_id = :id AND f.removed_at IS NULL) AS files,
       (SELECT coalesce(json_agg(json_build_object('id', q.id, 'at', q.at, 'text', q.text, 'answer', q.answer,
               'answered_at', q.answered_at, 'answered_by', q.answered_by) ORDER BY q.id), '[]')
          FROM case_questions q WHERE q.region = :region AND q.case_id = :id) AS questions
  FROM cases c WHERE c.region = :region AND c.id = :id;

-- name: lock_case!
-- The case row, locked: acts of one case that do more than two statements happen one after the other.
SELECT 1 FROM cases WHERE region = :region AND id = :id FOR UPDATE;

-- name: case_to_change^
-- The case with its tasks and what happened, as an act needs it: these two as JSON text, to be read once.
SELECT region, id, number, account, person_key, applicant_name, pack, version, journey, state, outcome, finish_code,
       enterprise, fast_lane, dossier, revision, submitted_at, accepted_at, closed_at, due_on, look_at,
       platform_now() AS now,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at, 'due_on', t.due_on, 'decided_at', t.decided_at,
               'decided_by', t.decided_by, 'decided_for', t.decided_for, 'decision', t.decision, 'reasons', t.reasons, 'revision', t.revision))::text
          FROM tasks t WHERE t.region = :region AND t.case_id = :id) AS tasks,
       (SELECT json_agg(json_build_object('kind', e.kind, 'at', e.at, 'task', e.task, 'actor', e.actor,
               'basis', e.basis, 'detail', e.detail) ORDER BY e.at, e.id)::text
          FROM case_events e WHERE e.region = :region AND e.case_id = :id) AS events
  FROM cases WHERE region = :region AND id = :id;

-- name: put_act$
-- What one act left behind, in one statement: the case, the tasks that changed, and its events with their ledger
-- entries, promises and outbox rows. Nothing is written, and no revision comes back, when the case is not any more
-- at the revision at which the act saw it.
WITH c AS (
  UPDATE cases SET state = :state, outcome = :outcome, finish_code = :finish_code, accepted_at = :accepted_at,
         closed_at = :closed_at, due_on = :due_on, look_at = :look_at, revision = revision + 1
   WHERE region = :region AND id = :id AND revision = :revision RETURNING revision),
t AS (
  UPDATE tasks t SET department = u.department, state = u.state, started_at = u.started_at, due_on = u.due_on,
         decided_at = u.decided_at, decided_by = u.decided_by, decided_for = u.decided_for, decision = u.decision,
         reasons = u.reasons, revision = t.revision + 1
    FROM c, jsonb_to_recordset(:tasks::jsonb) AS u(task text, department text, state text, started_at timestamptz,
         due_on date, decided_at timestamptz, decided_by uuid, decided_for uuid, decision text, reasons text)
   WHERE t.region = :region AND t.case_id = :id AND t.task = u.task),
n AS (
  SELECT u.* FROM c, jsonb_to_recordset(:events::jsonb) AS u(id uuid, kind text, task text, basis text, detail jsonb,
         data jsonb, salt text, digest text)),
v AS (
  INSERT INTO case_events (region, case_id, id, at, kind, task, actor, basis, detail)
  SELECT :region, :id, id, :now, kind, task, :actor, basis, detail FROM n),
l AS (
  INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key)
  SELECT :region, id, :now, kind, :id, data, decode(salt, 'hex'), decode(digest, 'hex'), :person_key FROM n),
p AS (
  INSERT INTO ledger_promises (region, entry_id, include_by) SELECT :region, id, :include_by FROM n),
o AS (
  INSERT INTO outbox (region, id, topic, payload)
  SELECT :region, id, kind, jsonb_build_object('case', :id::uuid, 'account', :account::uuid, 'task', task,
         'number', :number::text, 'journey', :journey::text, 'actor', :actor::text, 'detail', detail,
         'enterprise', :enterprise::uuid) FROM n)
SELECT revision FROM c;

-- name: put_dossier!
-- The applicant changed what the case is decided on.
UPDATE cases SET dossier = :dossier WHERE region = :region AND id = :id;

-- name: put_events!
-- Events alone with their ledger entries, promises and outbox rows: one statement.
WITH n AS (
  SELECT * FROM jsonb_to_recordset(:events::jsonb) AS u(id uuid, kind text, task text, basis text, detail jsonb,
         data jsonb, salt text, digest text)),
v AS (
  INSERT INTO case_events (region, case_id, id, at, kind, task, actor, basis, detail)
  SELECT :region, :id, id, :now, kind, task, :actor, basis, detail FROM n),
l AS (
  INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key)
  SELECT :region, id, :now, kind, :id, data, decode(salt, 'hex'), decode(digest, 'hex'), :person_key FROM n),
p AS (
  INSERT INTO ledger_promises (region, entry_id, include_by) SELECT :region, id, :include_by FROM n)
INSERT INTO outbox (region, id, topic, payload)
SELECT :region, id, kind, jsonb_build_object('case', :id::uuid, 'account', :account::uuid, 'task', task,
       'number', :number::text, 'journey', :journey::text, 'actor', :actor::text, 'detail', detail,
       'enterprise', :enterprise::uuid) FROM n;

-- name: cases_of
-- The cases of one account and of the enterprises it acts for, newest first, by keyset. Each owner's page is read
-- from the index; the pages are merged.
SELECT page.* FROM unnest(:owners::uuid[], :within::text[]) AS own (owner, within) CROSS JOIN LATERAL (
SELECT region, id, number, pack, version, journey, state, outcome, submitted_at, accepted_at, closed_at, due_on,
       platform_now() AS now, enterprise, applicant_name, account
  FROM cases
 WHERE CASE WHEN enterprise IS NULL THEN account ELSE enterprise END = own.owner
   AND (own.within IS NULL OR journey = ANY(string_to_array(own.within, ',')))
   AND (submitted_at, id) < (coalesce(:before_at, 'infinity'::timestamptz),
       coalesce(:before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
 ORDER BY submitted_at DESC, id DESC LIMIT :most) page
 ORDER BY submitted_at DESC, id DESC LIMIT :most;

-- name: inbox
-- Tasks to decide of some departments, nearest due day first and standing ones last, by keyset; perhaps of one
-- journey or task only, or due within some days. Each department's page is read from the index; the pages are merged.
-- The light wanted is that of the task's own marks where they differ (arrays), else of the marks given.
SELECT page.* FROM (SELECT DISTINCT unnest(:departments::text[]) AS department) own CROSS JOIN LATERAL (
SELECT t.region, t.case_id, t.task, t.kind, t.department, t.started_at, t.due_on, t.revision,
       c.number, c.applicant_name, c.pack, c.version, c.journey, c.submitted_at, c.state AS case_state,
       platform_now() AS now,
       (SELECT count(*) FROM case_questions q
         WHERE q.region = :region AND q.case_id = t.case_id AND q.answer IS NULL) AS questions_open,
       c.account IS NULL AS ticket
  FROM tasks t JOIN cases c ON c.region = :region AND c.id = t.case_id
  LEFT JOIN unnest(:mark_packs::text[], :mark_versions::text[], :mark_journeys::text[], :mark_tasks::text[],
                   :mark_reds::date[], :mark_yellows::date[]) AS m(pack, version, journey, task, red, yellow)
    ON m.pack = c.pack AND m.version = c.version AND m.journey = c.journey AND m.task = t.task
 WHERE t.region = :region AND t.department = own.department AND t.state = 'ready'
   AND CASE :light::text
         WHEN 'red' THEN t.due_on <= coalesce(m.red, :red::date)
         WHEN 'yellow' THEN t.due_on > coalesce(m.red, :red::date) AND t.due_on <= coalesce(m.yellow, :yellow::date)
         WHEN 'green' THEN t.due_on > coalesce(m.yellow, :yellow::date)
         ELSE true END
   AND (coalesce(t.due_on, '9999-12-31'::date), t.case_id, t.task) > (coalesce(:after_due, '-infinity'::date),
       coalesce(:after_case, '00000000-0000-0000-0000-000000000000'::uuid), coalesce(:after_task, ''))
   AND (:journey::text IS NULL OR c.journey = :journey::text) AND (:only_task::text IS NULL OR t.task = :only_task::text)
   AND coalesce(t.due_on, '9999-12-31'::date)
       BETWEEN coalesce(:due_from, '-infinity'::date) AND coalesce(:due_until, 'infinity'::date)
 ORDER BY coalesce(t.due_on, '9999-12-31'::date), t.case_id, t.task LIMIT :most) page
 ORDER BY due_on NULLS LAST, case_id, task LIMIT :most;

-- name: decided
-- Tasks these departments decided, newest first, by keyset; perhaps of one journey or task only. Read like the
-- inbox, because what was ever decided only grows.
SELECT page.* FROM (SELECT DISTINCT unnest(:departments::text[]) AS department) own CROSS JOIN LATERAL (
SELECT t.region, t.case_id, t.task, t.kind, t.department, t.started_at, t.due_on, t.decided_at, t.decision, t.revision,
       c.number, c.applicant_name, c.pack, c.version, c.journey, c.submitted_at, c.state AS case_state,
       platform_now() AS now, 0 AS questions_open, c.account IS NULL AS ticket
  FROM tasks t JOIN cases c ON c.region = :region AND c.id = t.case_id
 WHERE t.region = :region AND t.department = own.department AND t.state = 'done'
   AND (t.decided_at, t.case_id, t.task) < (coalesce(:before_at, 'infinity'::timestamptz),
       coalesce(:before_case, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid), coalesce(:before_task, ''))
   AND (:journey::text IS NULL OR c.journey = :journey::text) AND (:only_task::text IS NULL OR t.task = :only_task::text)
 ORDER BY t.decided_at DESC, t.case_id DESC, t.task DESC LIMIT :most) page
 ORDER BY decided_at DESC, case_id DESC, task DESC LIMIT :most;

-- name: numbered^
-- The case with a number, as far as the checkpoint needs to know, and its tasks.
SELECT c.id,
       ARRAY(SELECT DISTINCT t.department FROM tasks t WHERE t.region = :region AND t.case_id = c.id
               AND (t.kind = 'intake' OR t.state IN ('ready', 'done'))) AS departments,
       (SELECT json_agg(json_build_object('task', t.task, 'kind', t.kind, 'department', t.department,
               'state', t.state, 'started_at', t.started_at))
          FROM tasks t WHERE t.region = :region AND t.case_id = c.id) AS tasks
  FROM cases c WHERE c.region = :region AND c.number = :number AND c.account IS NOT NULL;

-- name: inbox_counts^
-- How much waits, in one glance. Counted department by department from the index: asked for all at once, a planner that
-- knows only an earlier day, on which most tasks waited, reads every task there ever was.
SELECT coalesce(sum(own.open), 0)::int AS open, coalesce(sum(own.late), 0)::int AS late,
       coalesce(sum(own.soon), 0)::int AS soon
  FROM (SELECT DISTINCT unnest(:departments::text[]) AS department) d CROSS JOIN LATERAL (
SELECT count(*) AS open, count(*) FILTER (WHERE due_on < :today) AS late,
       count(*) FILTER (WHERE due_on >= :today AND due_on <= :soon) AS soon
  FROM tasks WHERE region = :region AND department = d.department AND state = 'ready') own;

-- name: inbox_counts_marked^
-- How much waits, where some tasks have marks of their own; counted department by department as above. Only of tasks
-- with marks is the case looked at, each by its key: joined otherwise, all cases may be read for a few hundred tasks.
SELECT coalesce(sum(own.open), 0)::int AS open, coalesce(sum(own.late), 0)::int AS late,
       coalesce(sum(own.soon), 0)::int AS soon
  FROM (SELECT DISTINCT unnest(:departments::text[]) AS department) d CROSS JOIN LATERAL (
SELECT count(*) AS open, count(*) FILTER (WHERE t.due_on <= coalesce(m.red, :red::date)) AS late,
       count(*) FILTER (WHERE t.due_on > coalesce(m.red, :red::date)
                          AND t.due_on <= coalesce(m.yellow, :yellow::date)) AS soon
  FROM tasks t LEFT JOIN LATERAL (
       SELECT k.red, k.yellow
         FROM cases c JOIN unnest(:mark_packs::text[], :mark_versions::text[], :mark_journeys::text[],
                                  :mark_tasks::text[], :mark_reds::date[], :mark_yellows::date[])
                        AS k(pack, version, journey, task, red, yellow)
           ON k.pack = c.pack AND k.version = c.version AND k.journey = c.journey AND k.task = t.task
        WHERE t.task = ANY(:mark_tasks::text[]) AND c.region = :region AND c.id = t.case_id LIMIT 1) m ON true
 WHERE t.region = :region AND t.department = d.department AND t.state = 'ready') own;

-- name: put_question!
-- A question of the applicant.
INSERT INTO case_questions (region, case_id, id, at, text) VALUES (:region, :case_id, :id, :now, :text);

-- name: answer_question^
-- The answer, once.
UPDATE case_questions SET answer = :text, answered_at = :now, answered_by = :department
 WHERE region = :region AND case_id = :case_id AND id = :id AND answer IS NULL RETURNING id;

-- name: holder^
-- Whose draft or case this is, and its state (null while it is a draft).
-- Read from either side, because a department is shown the case and not the draft that it was.
SELECT coalesce(d.enterprise, d.account, c.enterprise, c.account) AS owner, coalesce(c.pack, d.pack) AS pack,
       coalesce(c.version, d.version) AS version, coalesce(c.journey, d.journey) AS journey, c.state,
       ARRAY(SELECT DISTINCT t.department FROM tasks t WHERE t.region = :region AND t.case_id = :id
               AND (t.kind = 'intake' OR t.state IN ('ready', 'done'))) AS departments
  FROM (SELECT) one LEFT JOIN drafts d ON d.region = :region AND d.id = :id AND d.abandoned_at IS NULL
  LEFT JOIN cases c ON c.region = :region AND c.id = :id
 WHERE d.id IS NOT NULL OR c.id IS NOT NULL;

-- name: supplement_asked^
-- The one supplement notice of a case.
SELECT at, detail FROM case_events
 WHERE region = :region AND case_id = :case_id AND kind = 'case.supplement_asked' ORDER BY at DESC LIMIT 1;

-- name: lapsed$
-- Whether anything the case rests on was looked up too long ago.
SELECT EXISTS (SELECT 1 FROM case_evidence
                WHERE region = :region AND case_id = :case_id AND found AND fresh_until <= platform_now());

-- name: due_cases
-- Cases at which the platform must look now, the longest due first; those that another worker holds are left to it.
SELECT id FROM cases WHERE region = :region AND look_at <= platform_now()
 ORDER BY look_at LIMIT :most FOR UPDATE SKIP LOCKED;

-- name: look_later!
-- Look at a case again after a while: something stood in the way.
UPDATE cases SET look_at = platform_now() + make_interval(secs => :seconds) WHERE region = :region AND id = :id;

-- name: open_tasks$
-- How many tasks of a department are ready to be done.
SELECT count(*) FROM tasks WHERE region = :region AND department = :department AND state = 'ready';

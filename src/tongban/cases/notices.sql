-- name: event_to_tell^
-- What happened, the version it happened under, the paper ordered for it, if any.
SELECT e.kind, e.task, e.actor, e.at, e.detail, c.number AS case_number, c.pack, c.version, c.journey,
       (SELECT t.department FROM tasks t WHERE t.region = :region AND t.case_id = :case_id AND t.task = e.task)
         AS department,
       (SELECT t.department FROM tasks t WHERE t.region = :region AND t.case_id = :case_id AND t.kind = 'intake')
         AS lead
  FROM case_events e JOIN cases c ON c.region = :region AND c.id = e.case_id
 WHERE e.region = :region AND e.case_id = :case_id AND e.id = :id AND c.account IS NOT NULL;

-- name: lock_numbers!
-- Papers of one case are numbered one after the other; held until the transaction ends.
SELECT pg_advisory_xact_lock(hashtextextended('notices ' || :case_id::text, 0));

-- name: order_notice^
-- Order the paper of an event once. ``number`` is completed by the serial within the case.
INSERT INTO notices (region, case_id, id, kind, serial, number, department, task, issued_on, ordered_at)
SELECT :region, :case_id, :id, :kind, n.serial, :number::text || lpad(n.serial::text, 2, '0'), :department, :task,
       :issued_on, :now
  FROM (SELECT coalesce(max(serial), 0) + 1 AS serial FROM notices
         WHERE region = :region AND case_id = :case_id) n
ON CONFLICT (region, case_id, id) DO NOTHING RETURNING number;

-- name: ordered_notice^
-- One paper with its event, for being written.
SELECT n.case_id, n.id, n.kind, n.number, n.department, n.task, n.issued_on, n.made_at, e.kind AS event, e.basis,
       e.detail, e.at, e.actor
  FROM notices n JOIN case_events e ON e.region = :region AND e.case_id = n.case_id AND e.id = n.id
 WHERE n.region = :region AND n.case_id = :case_id AND n.id = :id;

-- name: case_to_tell^
-- What a paper says about its case.
SELECT c.region, c.id, c.number, c.applicant_name, c.pack, c.version, c.journey, c.dossier, c.due_on, c.submitted_at,
       c.accepted_at, c.enterprise, c.person_key, platform_now() AS now
  FROM cases c WHERE c.region = :region AND c.id = :case_id;

-- name: store_notice!
-- Keep the signed paper once, sealed, with its ledger entry: whoever comes second changes nothing.
WITH stored AS (
  UPDATE notices SET title = :title, pdf = :pdf, sha256 = :sha256, made_at = :now
   WHERE region = :region AND case_id = :case_id AND id = :id AND pdf IS NULL RETURNING id)
INSERT INTO ledger_entries (region, id, at, kind, subject, data, salt, digest, person_key, retain_until)
SELECT :region, :entry_id, :entry_at, :entry_kind, :entry_subject, :entry_data::jsonb, :entry_salt, :entry_digest,
       :entry_person_key, :entry_retain_until::date FROM stored;

-- name: notices_of
-- The papers of one case, oldest first; those ordered but not made yet have no title.
SELECT n.id, n.kind, n.number, n.department, n.task, n.issued_on, n.title, n.sha256, n.made_at, e.at
  FROM notices n JOIN case_events e ON e.region = n.region AND e.case_id = n.case_id AND e.id = n.id
 WHERE n.region = :region AND n.case_id = :case_id ORDER BY n.serial;

-- name: notice_file^
-- One paper as it lies: sealed.
SELECT number, title, pdf FROM notices WHERE region = :region AND case_id = :case_id AND id = :id AND pdf IS NOT NULL;

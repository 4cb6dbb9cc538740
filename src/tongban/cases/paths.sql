-- name: sign_commitments^
-- What the applicant promises in a draft, as a whole; nothing comes back once it was submitted or given up.
UPDATE drafts SET commitments = :commitments, tolerated = :tolerated, updated_at = :now
 WHERE region = :region AND id = :id AND coalesce(enterprise, account) = :owner
   AND submitted_at IS NULL AND abandoned_at IS NULL
RETURNING id;

-- name: put_pledge!
-- The exact text that was signed, sealed; signing again replaces what was signed before.
INSERT INTO case_pledges (region, case_id, kind, name, account, text, digest, signed_at)
VALUES (:region, :case_id, :kind, :name, :account, :text, :digest, :now)
ON CONFLICT (region, case_id, kind, name) DO UPDATE
   SET account = excluded.account, text = excluded.text, digest = excluded.digest, signed_at = excluded.signed_at;

-- name: drop_pledge!
-- A promise taken back before submission.
DELETE FROM case_pledges WHERE region = :region AND case_id = :case_id AND kind = :kind AND name = :name;

-- name: pledges
-- The promises signed with one application.
SELECT kind, name, account, text, digest, signed_at FROM case_pledges
 WHERE region = :region AND case_id = :case_id ORDER BY kind, name;

-- name: bad_credit^
-- The newest unrepaired record of a person or enterprise in a region.
SELECT id, kind, department, reasons, recorded_on FROM credit_records
 WHERE region = :region AND person_key = :person_key AND repaired_on IS NULL ORDER BY recorded_on DESC, id LIMIT 1;

-- name: put_credit_record!
-- A record of bad credit; the same id twice is one record.
INSERT INTO credit_records (region, id, person_key, kind, department, reasons, case_id, recorded_on, repaired_on)
VALUES (:region, :id, :person_key, :kind, :department, :reasons, :case_id, :recorded_on, :repaired_on)
ON CONFLICT (region, id) DO NOTHING;

-- name: repair_credit!
-- What one case brought upon its applicant is repaired.
UPDATE credit_records SET repaired_on = :today
 WHERE region = :region AND case_id = :case_id AND repaired_on IS NULL;

-- name: put_verification!
-- A decision rested on a commitment: the department verifies it by a day.
INSERT INTO case_verifications (region, case_id, commitment, task, department, verify_by)
VALUES (:region, :case_id, :commitment, :task, :department, :verify_by)
ON CONFLICT (region, case_id, commitment, task) DO NOTHING;

-- name: end_verification^
-- The verification of one task is over, once.
UPDATE case_verifications SET state = :state, ended_at = :now
 WHERE region = :region AND case_id = :case_id AND commitment = :commitment AND task = :task AND state = 'open'
RETURNING verify_by;

-- name: verifications
-- What some departments have to verify, nearest day first, by keyset.
SELECT v.region, v.case_id, v.commitment, v.task, v.department, v.verify_by, c.number, c.applicant_name, c.pack,
       c.version, c.journey
  FROM case_verifications v JOIN cases c ON c.region = :region AND c.id = v.case_id
 WHERE v.region = :region AND v.department = ANY(:departments) AND v.state = 'open'
   AND c.state IN ('accepted', 'closed')
   AND (v.verify_by, v.case_id, v.task) > (coalesce(:after_day, '-infinity'::date),
       coalesce(:after_case, '00000000-0000-0000-0000-000000000000'::uuid), coalesce(:after_task, ''))
 ORDER BY v.verify_by, v.case_id, v.task LIMIT :most;

-- name: verifications_counted^
-- How many commitments some departments have to verify, and how many of them too late.
SELECT count(*) AS open, count(*) FILTER (WHERE v.verify_by < :today) AS late
  FROM case_verifications v JOIN cases c ON c.region = :region AND c.id = v.case_id
 WHERE v.region = :region AND v.department = ANY(:departments) AND v.state = 'open'
   AND c.state IN ('accepted', 'closed');

-- name: supplied
-- The materials of a case for which a file was uploaded since some moment.
SELECT DISTINCT material FROM case_files
 WHERE region = :region AND case_id = :case_id AND removed_at IS NULL AND uploaded_at >= :since;

-- name: to_follow$
-- The materials without which an accepted case was accepted, as long as they have neither come nor been missed.
-- And those that the person brings instead of a look-up, because a consent was taken back.
SELECT ARRAY(SELECT jsonb_array_elements_text(e.detail -> 'materials') FROM case_events e
  JOIN cases c ON c.region = :region AND c.id = :case_id AND c.state = 'accepted'
 WHERE e.region = :region AND e.case_id = :case_id
   AND (e.kind IN ('case.consent_withdrawn', 'case.consent_of_other_ended') AND e.detail ->> 'upload' = 'true'
     OR e.kind = 'case.tolerated'
        AND NOT EXISTS (SELECT 1 FROM case_events o WHERE o.region = :region AND o.case_id = :case_id
                           AND o.kind IN ('case.tolerance_met', 'case.tolerance_missed'))));

-- name: put_link!
-- A case is handled elsewhere, or came from elsewhere.
INSERT INTO case_links (region, case_id, role, other_region, other_number)
VALUES (:region, :case_id, :role, :other_region, :other_number)
ON CONFLICT (region, case_id) DO UPDATE SET other_number = coalesce(excluded.other_number, case_links.other_number);

-- name: link^
-- Where a case came from, or where it is handled.
SELECT role, other_region, other_number, progress, outcome, due_on FROM case_links
 WHERE region = :region AND case_id = :case_id;

-- name: put_progress!
-- How far the case has come where it is handled.
UPDATE case_links SET progress = :progress, outcome = coalesce(:outcome, outcome), due_on = :due_on
 WHERE region = :region AND case_id = :case_id AND role = 'to';

-- name: put_returned_outcome!
-- The result came back to where the person applied.
UPDATE cases SET outcome = :outcome, revision = revision + 1 WHERE region = :region AND id = :case_id;

-- name: mirrored$
-- Whether an event of the case elsewhere was told here already.
SELECT EXISTS (SELECT 1 FROM case_events WHERE region = :region AND case_id = :case_id
                  AND kind = 'case.progress_returned' AND detail ->> 'source' = :source);

-- name: put_draft_taken_over!
-- The application as it came from another region; it was submitted there.
INSERT INTO drafts (region, id, account, enterprise, pack, version, journey, form, noticed_at, consents, commitments,
                    tolerated, opened_at, updated_at, submitted_at)
VALUES (:region, :id, :account, :enterprise, :pack, :version, :journey, :form, :now, :consents, :commitments,
        :tolerated, :now, :now, :now)
ON CONFLICT DO NOTHING;

-- name: put_case_taken_over^
-- The case of an application that came from another region; nothing comes back when it stands already.
WITH c AS (
  INSERT INTO cases (region, id, number, account, enterprise, person_key, applicant_name, pack, version, journey,
                     state, dossier, submitted_at, fast_lane, look_at)
  VALUES (:region, :id, :number, :account, :enterprise, :person_key, :applicant_name, :pack, :version, :journey,
          'submitted', :dossier, :now, :fast_lane, :now)
  ON CONFLICT (region, id) DO NOTHING RETURNING id),
t AS (
  INSERT INTO tasks (region, case_id, task, kind, department, state, started_at, due_on)
  SELECT :region, :id, u.task, u.kind, u.department, u.state, u.started_at, u.due_on
    FROM unnest(:tasks::text[], :kinds::text[], :task_departments::text[], :states::text[],
                :started::timestamptz[], :due::date[]) AS u(task, kind, department, state, started_at, due_on)
   WHERE EXISTS (SELECT 1 FROM c))
SELECT id FROM c;

-- name: files_with_content
-- The uploads of a case with their sealed content.
SELECT id, material, name, media_type, size, sha256, content, uploaded_at FROM case_files
 WHERE region = :region AND case_id = :case_id AND removed_at IS NULL ORDER BY id;

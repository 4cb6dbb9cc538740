-- name: begin_operation!
-- An operator's act begins.
INSERT INTO operations (id, kind, detail) VALUES (:id, :kind, :detail);

-- name: note_operation!
-- How far it is.
UPDATE operations SET detail = detail || :detail WHERE id = :id;

-- name: end_operation!
-- How it ended.
UPDATE operations SET outcome = :outcome, ended_at = clock_timestamp(), detail = detail || :detail WHERE id = :id;

-- name: latest_operation^
-- The newest act of a kind, of those that ended so when an outcome is named.
SELECT id, kind, began_at, ended_at, outcome, detail FROM operations
 WHERE kind = :kind AND (:outcome::text IS NULL OR outcome = :outcome) ORDER BY began_at DESC LIMIT 1;

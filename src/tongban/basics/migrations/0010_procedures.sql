-- depends: 0008_cases
-- Every lawful end of a case, tasks whose clock stands still, and when the clock next has something to do.

ALTER TABLE cases DROP CONSTRAINT cases_state_check;
ALTER TABLE cases ADD CONSTRAINT cases_state_check CHECK (state IN
    ('submitted', 'supplementing', 'returned', 'accepted', 'closed', 'refused', 'withdrawn',
     'terminated', 'lapsed', 'referred', 'deleted', 'handed_over'));

-- A task whose clock stands has no due day; it waits at the end of the inbox, after the last day there is.
DROP INDEX tasks_inbox;
CREATE INDEX tasks_inbox ON tasks (region, department, coalesce(due_on, '9999-12-31'::date), case_id, task)
    WHERE state = 'ready';

-- When the platform must look at a case by itself: a period ends, a suspension should have ended.
ALTER TABLE cases ADD COLUMN look_at timestamptz;
CREATE INDEX cases_look ON cases (region, look_at) WHERE look_at IS NOT NULL;
UPDATE cases SET look_at = submitted_at WHERE closed_at IS NULL;

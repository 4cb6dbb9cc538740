-- depends: 0038_identity_ends 0039_wall_around_the_course
-- A guardian's consent for a child ends some time after the child's own is asked for.

-- `own_from`: from when the child decides, `until`: when the guardian's consent ends; both by the rule of the day it was
-- given, and null where somebody agreed for themselves. `told_at`: when the child was told.
ALTER TABLE consents
    ADD COLUMN own_from timestamptz,
    ADD COLUMN until timestamptz CHECK (until >= own_from),
    ADD COLUMN told_at timestamptz;
CREATE INDEX consents_of_guardians ON consents (own_from) WHERE own_from IS NOT NULL AND withdrawn_at IS NULL;

-- depends: 0031_actors
-- Acting for others: whom an enterprise or a person lets act, offered and accepted, and the guardians of children.

-- Who was asked to act, for an enterprise or for a person (`principal`, an account). Known by the keyed hash of the
-- identity number or of the mobile number, together with the name; `person` is who took it up. `services`: journeys,
-- NULL for all. In force while accepted, not ended and not past `until`.
CREATE TABLE appointments (
    id           uuid PRIMARY KEY,
    enterprise   uuid REFERENCES enterprises,
    principal    uuid REFERENCES accounts,
    capacity     text NOT NULL CHECK (capacity IN ('administrator', 'handler', 'agent')),
    name         text NOT NULL,
    person_key   bytea,
    mobile_key   bytea,
    services     text[] CHECK (cardinality(services) > 0),
    until        timestamptz CHECK (until > offered_at),
    offered_by   uuid REFERENCES accounts,
    offered_at   timestamptz NOT NULL,
    person       uuid REFERENCES persons,
    answered_at  timestamptz,
    accepted     boolean,
    ended_at     timestamptz,
    ended_by     uuid REFERENCES accounts,
    CHECK (num_nonnulls(enterprise, principal) = 1),
    CHECK ((capacity = 'agent') = (principal IS NOT NULL)),
    CHECK (principal IS NULL OR services IS NOT NULL AND until IS NOT NULL),
    CHECK (num_nonnulls(person_key, mobile_key) > 0),
    CHECK ((answered_at IS NULL) = (accepted IS NULL)),
    CHECK (accepted IS NOT TRUE OR person IS NOT NULL)
);
CREATE INDEX appointments_of ON appointments (enterprise) WHERE enterprise IS NOT NULL;
CREATE INDEX appointments_by ON appointments (principal) WHERE principal IS NOT NULL;
CREATE INDEX appointments_to ON appointments (person_key) WHERE answered_at IS NULL AND ended_at IS NULL;
CREATE INDEX appointments_at ON appointments (mobile_key) WHERE answered_at IS NULL AND ended_at IS NULL;
CREATE INDEX appointments_taken ON appointments (person) WHERE accepted AND ended_at IS NULL;

-- What is in force for enterprises stays in `mandates`: it says by which appointment, and for which journeys.
ALTER TABLE mandates DROP CONSTRAINT mandates_capacity_check;
ALTER TABLE mandates ADD CONSTRAINT mandates_capacity_check
    CHECK (capacity IN ('legal-representative', 'administrator', 'handler'));
ALTER TABLE mandates ADD COLUMN services text[];
ALTER TABLE mandates ADD COLUMN appointment uuid UNIQUE REFERENCES appointments;

-- Handlers from before were appointed too: from now on they can be seen and ended like all others.
INSERT INTO appointments (id, enterprise, capacity, name, person_key, until, offered_at, person, answered_at, accepted)
SELECT gen_random_uuid(), m.enterprise, 'handler', p.name, p.id_key, m.until, m.since, p.id, m.since, true
  FROM mandates m JOIN persons p ON p.id = m.person WHERE m.capacity = 'handler';
UPDATE mandates m SET appointment = a.id FROM appointments a
 WHERE m.capacity = 'handler' AND a.enterprise = m.enterprise AND a.person = m.person AND a.offered_at = m.since;

-- That a register said who is the parent of a child: until the day the child is of age, or until it was ended.
CREATE TABLE guardianships (
    child      uuid NOT NULL REFERENCES persons,
    guardian   uuid NOT NULL REFERENCES persons,
    relation   text NOT NULL CHECK (relation IN ('mother', 'father', 'guardian')),
    source     text NOT NULL,
    proved_at  timestamptz NOT NULL,
    until      timestamptz NOT NULL CHECK (until > proved_at),
    ended_at   timestamptz,
    PRIMARY KEY (child, guardian)
);
CREATE INDEX guardianships_of ON guardianships (guardian) WHERE ended_at IS NULL;

-- Which persons somebody may act for at this moment: by an accepted appointment, or as a child's guardian.
CREATE VIEW represented_now AS
SELECT t.person AS by_person, a.id AS account, t.capacity, t.services, t.until, t.id AS appointment
  FROM appointments t JOIN accounts a ON a.id = t.principal
 WHERE t.accepted AND t.ended_at IS NULL AND t.until > platform_now() AND a.disabled_at IS NULL
UNION ALL
SELECT g.guardian, a.id, 'guardian', NULL, g.until, NULL
  FROM guardianships g JOIN accounts a ON a.person = g.child
 WHERE g.ended_at IS NULL AND g.until > platform_now() AND a.disabled_at IS NULL;

CREATE OR REPLACE VIEW actors_now AS
SELECT a.id AS account, a.login, a.assurance, p.id AS person, p.name, p.id_key, p.sealed,
       coalesce((SELECT json_agg(json_build_object('region', o.region, 'department', o.department, 'role', o.role,
                   'substitute_for', o.substitute_for, 'in_place_of', o.in_place_of, 'leave', o.leave,
                   'acting', o.acting, 'title', coalesce(o.title, '')))
                   FROM posts_now o WHERE o.account = a.id), '[]') AS posts,
       coalesce((SELECT json_agg(json_build_object('enterprise', e.id, 'name', e.name, 'key', encode(e.uscc_key, 'base64'),
                   'capacity', m.capacity, 'until', m.until, 'services', m.services) ORDER BY e.name, e.id)
                   FROM (SELECT DISTINCT ON (enterprise) enterprise, capacity, until, services FROM mandates
                          WHERE person = p.id AND since <= platform_now()
                            AND (until IS NULL OR until > platform_now())
                          ORDER BY enterprise,
                                   array_position(ARRAY['legal-representative', 'administrator', 'handler'], capacity),
                                   services IS NOT NULL) m JOIN enterprises e ON e.id = m.enterprise), '[]')
         AS mandates,
       coalesce((SELECT json_agg(json_build_object('account', r.account, 'name', w.name, 'key', encode(w.id_key, 'base64'),
                   'capacity', r.capacity, 'until', r.until, 'services', r.services) ORDER BY w.name, r.account)
                   FROM represented_now r JOIN accounts b ON b.id = r.account JOIN persons w ON w.id = b.person
                  WHERE r.by_person = p.id), '[]') AS represented
  FROM accounts a JOIN persons p ON p.id = a.person
 WHERE a.disabled_at IS NULL;

-- Whether `whose` matters are open to the person behind the session that the setting names.
CREATE OR REPLACE FUNCTION wall_session_owns(whose uuid) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    asked bytea := decode(wall('session'), 'hex');
BEGIN
    RETURN asked IS NOT NULL AND EXISTS (
        SELECT 1 FROM sessions s JOIN accounts a ON a.id = s.account
         WHERE s.digest = asked AND s.expires_at > statement_timestamp() AND s.used_at + s.idle > statement_timestamp()
           AND a.disabled_at IS NULL AND (a.id = whose OR EXISTS (
               SELECT 1 FROM mandates m WHERE m.person = a.person AND m.enterprise = whose AND m.since <= platform_now()
                  AND (m.until IS NULL OR m.until > platform_now())) OR EXISTS (
               SELECT 1 FROM represented_now r WHERE r.by_person = a.person AND r.account = whose)));
END $$;

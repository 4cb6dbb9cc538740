-- depends: 0038_identity_ends 0039_wall_around_the_course
-- Guardians who are no parents: entered at a window by one official, confirmed by another.

-- `sealed`: the number of the judgment or certificate. `until`: when it ends by itself. Waiting until `confirmed_at`, and
-- no longer than `expires_at`; over once `ended_at`, whether it was ever confirmed or not.
CREATE TABLE appointed_guardians (
    id            uuid PRIMARY KEY,
    region        char(6) NOT NULL,
    department    text NOT NULL,
    ward          uuid NOT NULL REFERENCES persons,
    guardian      uuid NOT NULL REFERENCES persons,
    basis         text NOT NULL CHECK (basis IN ('court-order', 'certificate')),
    sealed        bytea NOT NULL,
    until         timestamptz NOT NULL CHECK (until > asked_at),
    asked_by      uuid NOT NULL REFERENCES accounts,
    asked_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL CHECK (expires_at > asked_at),
    confirmed_by  uuid REFERENCES accounts CHECK (confirmed_by <> asked_by),
    confirmed_at  timestamptz,
    ended_by      uuid REFERENCES accounts,
    ended_at      timestamptz,
    reason        text CHECK (reason IN ('capacity', 'replaced', 'mistaken')),
    CHECK (ward <> guardian),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CHECK (num_nonnulls(ended_by, ended_at, reason) IN (0, 3))
);
CREATE INDEX appointed_guardians_at ON appointed_guardians (region, department, asked_at) WHERE ended_at IS NULL;

-- By which of these a guardian acts who is no parent.
ALTER TABLE guardianships ADD COLUMN appointed uuid UNIQUE REFERENCES appointed_guardians;
ALTER TABLE guardianships ADD CONSTRAINT guardianships_appointed
    CHECK ((relation = 'guardian') = (appointed IS NOT NULL));

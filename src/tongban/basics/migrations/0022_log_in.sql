-- depends: 0021_baskets
-- Log-in: how sure an identity is, what opens an account, and the sessions, devices and links that follow from it.

-- `assurance`: how the person was proved. 'strong' is not here, because it belongs to a session.
-- `second`: what is asked after the password. `mobile`: the confirmed number for codes, sealed; absent: the person's.
ALTER TABLE accounts ADD COLUMN assurance text NOT NULL DEFAULT 'real-name'
    CHECK (assurance IN ('declared', 'real-name'));
ALTER TABLE accounts ADD COLUMN second text NOT NULL DEFAULT 'none' CHECK (second IN ('none', 'totp', 'code'));
ALTER TABLE accounts ADD COLUMN mobile bytea;
ALTER TABLE accounts ADD COLUMN password_at timestamptz;

-- `id` names a session to its owner without its secret. `idle`: it ends when it was not used for so long.
-- `source`: the network that it was opened from, without the last part of the address.
-- `strong_until`: until then it counts as opened by a passkey or certificate.
ALTER TABLE sessions ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE sessions ADD COLUMN factors text[] NOT NULL DEFAULT '{}';
ALTER TABLE sessions ADD COLUMN proved_at timestamptz NOT NULL DEFAULT statement_timestamp();
ALTER TABLE sessions ADD COLUMN used_at timestamptz NOT NULL DEFAULT statement_timestamp();
ALTER TABLE sessions ADD COLUMN idle interval NOT NULL DEFAULT interval '1 day';
ALTER TABLE sessions ADD COLUMN strong_until timestamptz;
ALTER TABLE sessions ADD COLUMN source text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD CONSTRAINT sessions_id UNIQUE (id);

-- Earlier passwords of an account, so that the last few are not used again.
CREATE TABLE password_history (
    account        uuid NOT NULL REFERENCES accounts,
    at             timestamptz NOT NULL,
    password_hash  text NOT NULL,
    PRIMARY KEY (account, at)
);

-- One-time links: a first sign-in, or a recovery that was decided. Only a digest of the secret is stored.
CREATE TABLE invitations (
    digest      bytea PRIMARY KEY,
    id          uuid NOT NULL UNIQUE,
    account     uuid NOT NULL REFERENCES accounts,
    purpose     text NOT NULL CHECK (purpose IN ('first-sign-in', 'recovery')),
    made_by     uuid,
    made_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    used        boolean NOT NULL DEFAULT false,
    CHECK (NOT used OR ended_at IS NOT NULL)
);
CREATE INDEX invitations_of ON invitations (account) WHERE ended_at IS NULL;

-- Browsers that have opened an account before: failures of strangers never slow them.
CREATE TABLE known_devices (
    account  uuid NOT NULL REFERENCES accounts,
    digest   bytea NOT NULL,
    since    timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (account, digest)
);

-- Codes sent to a telephone. `bound_to`: digest of what asked for it (a session, a sign-in under way, a registration).
CREATE TABLE one_time_codes (
    bound_to    bytea NOT NULL,
    purpose     text NOT NULL,
    digest      bytea NOT NULL,
    made_at     timestamptz NOT NULL DEFAULT statement_timestamp(),
    expires_at  timestamptz NOT NULL,
    tries       integer NOT NULL DEFAULT 0,
    PRIMARY KEY (bound_to, purpose)
);

-- Time-based codes (RFC 6238): the sealed secret, and the last step that was used, so that no code is good twice.
CREATE TABLE totp_secrets (
    account       uuid PRIMARY KEY REFERENCES accounts,
    sealed        bytea NOT NULL,
    last_step     bigint NOT NULL DEFAULT 0,
    confirmed_at  timestamptz
);

CREATE TABLE recovery_codes (
    account  uuid NOT NULL REFERENCES accounts,
    digest   bytea NOT NULL,
    PRIMARY KEY (account, digest)
);

-- Passkeys (W3C Web Authentication). `id`: the credential's own.
CREATE TABLE passkeys (
    id          bytea PRIMARY KEY,
    account     uuid NOT NULL REFERENCES accounts,
    public_key  bytea NOT NULL,
    sign_count  bigint NOT NULL,
    name        text NOT NULL,
    backed_up   boolean NOT NULL,
    made_at     timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX passkeys_of ON passkeys (account);

-- What an authenticator is asked to sign: good once. `bound_to`: the session that asked, or empty before sign-in.
CREATE TABLE passkey_challenges (
    digest      bytea PRIMARY KEY,
    purpose     text NOT NULL CHECK (purpose IN ('register', 'sign-in', 'step-up')),
    bound_to    bytea NOT NULL,
    expires_at  timestamptz NOT NULL
);

-- What proved a person: one row a proof. Never the number that was shown.
CREATE TABLE identity_proofs (
    account   uuid NOT NULL REFERENCES accounts,
    kind      text NOT NULL,
    verifier  text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (account, kind)
);

-- Getting back into an account that was lost. Nothing happens before `ripe_at`, and the owner can stop it until then.
-- In person at a window: `asked_by` is the clerk, `confirmed_by` the second official.
CREATE TABLE recoveries (
    id            uuid PRIMARY KEY,
    account       uuid NOT NULL REFERENCES accounts,
    way           text NOT NULL CHECK (way IN ('proofs', 'window')),
    digest        bytea UNIQUE,
    asked_at      timestamptz NOT NULL,
    ripe_at       timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    region        char(6),
    department    text,
    asked_by      uuid,
    confirmed_by  uuid,
    state         text NOT NULL CHECK (state IN ('waiting', 'done', 'stopped')),
    ended_at      timestamptz,
    CHECK (confirmed_by IS NULL OR confirmed_by <> asked_by),
    CHECK ((state = 'waiting') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX recoveries_waiting ON recoveries (account) WHERE state = 'waiting';
CREATE INDEX recoveries_at ON recoveries (region, department) WHERE state = 'waiting' AND way = 'window';

-- Text messages that wait to be sent, sealed with number and text; a demonstration shows them instead.
CREATE TABLE text_messages (
    id        uuid PRIMARY KEY,
    account   uuid,
    sealed    bytea NOT NULL,
    at        timestamptz NOT NULL DEFAULT statement_timestamp(),
    sent_at   timestamptz,
    tries     integer NOT NULL DEFAULT 0,
    try_at    timestamptz NOT NULL DEFAULT statement_timestamp()
);
CREATE INDEX text_messages_waiting ON text_messages (try_at) WHERE sent_at IS NULL;

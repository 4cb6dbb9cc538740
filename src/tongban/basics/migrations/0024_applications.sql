-- depends: 0015_enterprises 0022_log_in 0023_organisation
-- Sign-in for other applications: who is registered, what people agreed to, which codes and tokens are alive.
-- Applications are few and known by their id alone, as tokens are; persons and accounts are national.

CREATE TABLE applications (
    id                uuid PRIMARY KEY,
    region            char(6) NOT NULL,
    stated            jsonb NOT NULL,              -- what administrators state: name, purpose, addresses, scopes …
    secret_digest     bytea,                       -- SHA-256 of 256 random bits; null: public, or proves itself by a key
    old_digest        bytea,                       -- the secret before, good until old_until
    old_until         timestamptz,
    revision          integer NOT NULL DEFAULT 1,
    registered_by     uuid NOT NULL REFERENCES persons,
    registered_at     timestamptz NOT NULL,
    changed_at        timestamptz NOT NULL,
    closed_at         timestamptz,
    CHECK ((old_digest IS NULL) = (old_until IS NULL))
);
CREATE INDEX applications_of ON applications (region, registered_at DESC, id);

-- What a person agreed that an application may know; a newer agreement replaces the one before.
CREATE TABLE application_consents (
    account       uuid NOT NULL REFERENCES accounts,
    application   uuid NOT NULL REFERENCES applications,
    scopes        text[] NOT NULL,
    enterprise    uuid,                            -- the enterprise for which it was given, null for oneself
    given_at      timestamptz NOT NULL,
    withdrawn_at  timestamptz,
    PRIMARY KEY (account, application)
);

-- One sign-in at one application, from which all its codes and tokens come: it ends as a whole.
CREATE TABLE authorizations (
    id               uuid PRIMARY KEY,
    application      uuid NOT NULL REFERENCES applications,
    account          uuid REFERENCES accounts,     -- null: the institution itself
    enterprise       uuid,
    session          uuid,                         -- the browser session it rests on; null: it outlives it
    scopes           text[] NOT NULL,
    acr              text NOT NULL,
    amr              text[] NOT NULL,
    signed_in_at     timestamptz NOT NULL,
    made_at          timestamptz NOT NULL DEFAULT statement_timestamp(),
    expires_at       timestamptz NOT NULL,
    session_gone_at  timestamptz,
    ended_at         timestamptz,
    ended_why        text,
    CHECK ((ended_at IS NULL) = (ended_why IS NULL))
);
CREATE INDEX authorizations_of ON authorizations (account, application) WHERE ended_at IS NULL;
CREATE INDEX authorizations_at ON authorizations (application, made_at DESC);
CREATE INDEX authorizations_session ON authorizations (session) WHERE ended_at IS NULL;
CREATE INDEX authorizations_gone ON authorizations (session_gone_at) WHERE session_gone_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX authorizations_old ON authorizations (expires_at);

CREATE TABLE authorization_codes (
    digest         bytea PRIMARY KEY,
    "authorization" uuid NOT NULL REFERENCES authorizations ON DELETE CASCADE,
    redirect_uri   text NOT NULL,
    challenge      text NOT NULL,
    nonce          text,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz
);
CREATE INDEX authorization_codes_of ON authorization_codes ("authorization");

CREATE TABLE authorization_tokens (
    digest         bytea PRIMARY KEY,
    "authorization" uuid NOT NULL REFERENCES authorizations ON DELETE CASCADE,
    kind           text NOT NULL CHECK (kind IN ('access', 'refresh')),
    scopes         text[] NOT NULL,
    made_at        timestamptz NOT NULL DEFAULT statement_timestamp(),
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz                     -- a refresh token is good for once
);
CREATE INDEX authorization_tokens_of ON authorization_tokens ("authorization");

-- Assertions by which applications proved themselves: each is good for once (RFC 7523).
CREATE TABLE application_assertions (
    application  uuid NOT NULL,
    digest       bytea NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (application, digest)
);

-- What was refused, counted by minute, so that a flood stays small. The zero id stands for unknown applications.
CREATE TABLE application_refusals (
    application  uuid NOT NULL,
    minute       timestamptz NOT NULL,
    reason       text NOT NULL,
    times        integer NOT NULL,
    PRIMARY KEY (application, minute, reason)
);

-- Whom to tell that a sign-in ended (back-channel logout): until told, or given up.
CREATE TABLE application_notices (
    id            uuid PRIMARY KEY,
    application   uuid NOT NULL REFERENCES applications,
    "authorization" uuid NOT NULL,
    subject       text NOT NULL,
    address       text NOT NULL,
    tries         integer NOT NULL DEFAULT 0,
    next_at       timestamptz NOT NULL DEFAULT statement_timestamp(),
    told_at       timestamptz,
    given_up_at   timestamptz,
    last_answer   text
);
CREATE INDEX application_notices_due ON application_notices (next_at) WHERE told_at IS NULL AND given_up_at IS NULL;
CREATE INDEX application_notices_of ON application_notices (application, next_at DESC);

-- However a session ends, what rests on it is found by it; the tokens themselves ask for the session each time.
CREATE FUNCTION note_session_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE authorizations SET session_gone_at = statement_timestamp()
     WHERE session = OLD.id AND ended_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_gone AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION note_session_gone();

-- Which identity at the upper level is which account here: by a keyed hash, never by the number itself.
CREATE TABLE upper_identities (
    issuer      text NOT NULL,
    subject     bytea NOT NULL,
    account     uuid NOT NULL REFERENCES accounts,
    linked_at   timestamptz NOT NULL,
    linked_by   text NOT NULL CHECK (linked_by IN ('identity', 'confirmed')),
    acr         text NOT NULL,                  -- how sure the upper level was when the person last came
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX upper_identities_of ON upper_identities (account);

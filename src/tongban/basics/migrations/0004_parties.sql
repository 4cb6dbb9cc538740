-- depends: 0001_basics
-- Who: persons and accounts are national (keyed by a keyed hash of the identity); posts belong to a region.

CREATE TABLE persons (
    id          uuid PRIMARY KEY,
    id_key      bytea NOT NULL UNIQUE,
    name        text NOT NULL,
    sealed      bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT statement_timestamp()
);

CREATE TABLE accounts (
    id             uuid PRIMARY KEY,
    login          text NOT NULL UNIQUE CHECK (login = lower(login)),
    person         uuid NOT NULL REFERENCES persons,
    password_hash  text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT statement_timestamp(),
    disabled_at    timestamptz
);

CREATE TABLE posts (
    region       char(6) NOT NULL,
    account      uuid NOT NULL REFERENCES accounts,
    department   text NOT NULL,
    role         text NOT NULL CHECK (role IN ('handler', 'head', 'clerk', 'administrator')),
    valid_until  timestamptz,
    PRIMARY KEY (region, account, department, role)
);
CREATE INDEX posts_of ON posts (account);

-- Browser sessions and programs' tokens alike; only a digest of the secret is stored.
CREATE TABLE sessions (
    digest      bytea PRIMARY KEY,
    account     uuid NOT NULL REFERENCES accounts,
    kind        text NOT NULL CHECK (kind IN ('browser', 'token')),
    agent       text,
    created_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sessions_of ON sessions (account);

-- Failed sign-ins by account and source together, so that nobody can lock another out from elsewhere.
CREATE TABLE sign_in_failures (
    subject   bytea NOT NULL,
    at        timestamptz NOT NULL DEFAULT statement_timestamp()
);
CREATE INDEX sign_in_failures_recent ON sign_in_failures (subject, at);

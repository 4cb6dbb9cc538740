-- The ground every noun stands on: what this database is, its time, its outbox.

-- One row, written at creation and never changed: a demonstration can never become production or back.
CREATE TABLE installation (
    single      boolean PRIMARY KEY DEFAULT true CHECK (single),
    kind        text NOT NULL CHECK (kind IN ('production', 'demonstration')),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows never change', TG_OP, TG_TABLE_NAME USING ERRCODE = 'TB001';
END $$;

CREATE TRIGGER installation_is_for_ever BEFORE UPDATE OR DELETE ON installation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How far demonstration time runs ahead. Production can not hold a row here, so it has no such switch.
CREATE TABLE demonstration_time (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    ahead  interval NOT NULL
);

CREATE FUNCTION only_in_demonstration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM installation WHERE kind = 'demonstration') THEN
        RAISE EXCEPTION 'time moves only in a database created as a demonstration' USING ERRCODE = 'TB002';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER demonstration_time_only_there BEFORE INSERT OR UPDATE ON demonstration_time
    FOR EACH ROW EXECUTE FUNCTION only_in_demonstration();

-- The platform's time: what every clock, due date and session reads.
CREATE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT statement_timestamp() + coalesce((SELECT ahead FROM demonstration_time), interval '0')
$$;

-- What follows a change, committed with it and drained in batches afterwards: late perhaps, never lost.
CREATE TABLE outbox (
    region    char(6) NOT NULL,
    id        uuid NOT NULL,
    topic     text NOT NULL,
    payload   jsonb NOT NULL,
    attempts  smallint NOT NULL DEFAULT 0,
    due_at    timestamptz NOT NULL DEFAULT statement_timestamp(),
    error     text,
    PRIMARY KEY (region, id)
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE attempts < 12;

-- Answers kept so that the same creating call, sent twice, changes the world once.
CREATE TABLE idempotency (
    account     uuid NOT NULL,
    key         text NOT NULL,
    request     bytea NOT NULL,
    status      smallint,
    answer      bytea,
    created_at  timestamptz NOT NULL DEFAULT statement_timestamp(),
    PRIMARY KEY (account, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

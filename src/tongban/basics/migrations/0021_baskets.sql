-- depends: 0008_cases 0013_watches 0018_grants
-- Asking for data: a basket of many resources, one request (a case without an applicant) for each that provides.

-- What an official of one department asks for together.
CREATE TABLE baskets (
    region    char(6) NOT NULL,
    id        uuid NOT NULL,
    consumer  text NOT NULL,
    account   uuid NOT NULL,
    title     text NOT NULL DEFAULT '',
    theme     text,
    state     text NOT NULL CHECK (state IN ('draft', 'sent', 'closed')),
    made_at   timestamptz NOT NULL,
    sent_at   timestamptz,
    closed_at timestamptz,
    PRIMARY KEY (region, id),
    CHECK ((state = 'draft') = (sent_at IS NULL) AND (state = 'closed') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX baskets_draft ON baskets (region, consumer, account) WHERE state = 'draft';
CREATE INDEX baskets_of ON baskets (region, consumer, sent_at DESC, id) WHERE state <> 'draft';

-- One resource of a basket: what is asked, and what became of it. An answer given by the provider stands in answer
-- until its head agreed, where that is needed.
CREATE TABLE basket_lines (
    region      char(6) NOT NULL,
    basket      uuid NOT NULL,
    id          uuid NOT NULL,
    resource    text NOT NULL,
    provider    text NOT NULL,
    asked       jsonb NOT NULL,
    renews      uuid,
    state       text NOT NULL CHECK (state IN ('draft', 'asked', 'granted', 'narrowed', 'refused')),
    request     uuid,
    answer      jsonb,
    reasons     text,
    grant_id    uuid,
    decided_at  timestamptz,
    PRIMARY KEY (region, basket, id),
    UNIQUE (region, basket, resource),
    FOREIGN KEY (region, basket) REFERENCES baskets (region, id),
    CHECK ((state IN ('granted', 'narrowed')) = (grant_id IS NOT NULL))
);
CREATE INDEX basket_lines_request ON basket_lines (region, request) WHERE request IS NOT NULL;

-- The request to one provider: the case that it is stands in cases, its steps in tasks.
CREATE TABLE sharing_requests (
    region     char(6) NOT NULL,
    id         uuid NOT NULL,
    basket     uuid NOT NULL,
    consumer   text NOT NULL,
    provider   text NOT NULL,
    state      text NOT NULL CHECK (state IN ('open', 'approving', 'closed')),
    made_at    timestamptz NOT NULL,
    closed_at  timestamptz,
    PRIMARY KEY (region, id),
    UNIQUE (region, basket, provider),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX sharing_requests_of ON sharing_requests (region, provider, made_at DESC, id);

-- Who was told that a grant ends soon: once for each end and number of days before it.
CREATE TABLE grant_reminders (
    region       char(6) NOT NULL,
    grant_id     uuid NOT NULL,
    valid_until  timestamptz NOT NULL,
    days         integer NOT NULL,
    told_at      timestamptz NOT NULL,
    PRIMARY KEY (region, grant_id, valid_until, days)
);

-- depends: 0031_actors
-- What people were told before their data was looked up, and what they agreed to: by purpose, until taken back.

-- Every text of a notice that anybody was ever shown, once a text. `content` is the notice as data: what is looked up,
-- from whom, why, by which right. `digest` is the SHA-256 of its canonical form.
CREATE TABLE notice_texts (
    digest    bytea PRIMARY KEY,
    journey   text NOT NULL,
    pack      text NOT NULL,
    version   text NOT NULL,
    content   jsonb NOT NULL
);

-- Who was shown which notice when, in which language, for which application.
CREATE TABLE notice_readings (
    region    char(6) NOT NULL,
    id        uuid NOT NULL,
    case_id   uuid NOT NULL,
    account   uuid NOT NULL,
    digest    bytea NOT NULL REFERENCES notice_texts (digest),
    language  text NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (region, id)
);
CREATE INDEX notice_readings_of ON notice_readings (region, case_id, id);

-- One consent: of whose data it speaks (`subject_key`), for which material of which application, under which notice.
-- A look-up that rests on consent is made only while its row stands.
CREATE TABLE consents (
    region        char(6) NOT NULL,
    id            uuid NOT NULL,
    case_id       uuid NOT NULL,
    material      text NOT NULL,
    journey       text NOT NULL,
    owner         uuid NOT NULL,
    account       uuid NOT NULL,
    subject_key   bytea NOT NULL,
    digest        bytea REFERENCES notice_texts (digest),
    language      text,
    given_at      timestamptz NOT NULL,
    withdrawn_at  timestamptz,
    PRIMARY KEY (region, id),
    CONSTRAINT consents_in_order CHECK (withdrawn_at >= given_at)
);
CREATE UNIQUE INDEX consents_standing ON consents (region, case_id, material) WHERE withdrawn_at IS NULL;
CREATE INDEX consents_of ON consents (owner, id DESC);
CREATE INDEX consents_case ON consents (region, case_id, id);

-- What was ticked before consents were kept: the text that was shown is not known.
INSERT INTO consents (region, id, case_id, material, journey, owner, account, subject_key, given_at)
SELECT d.region, gen_random_uuid(), d.id, m.material, d.journey, coalesce(d.enterprise, d.account), d.account,
       CASE WHEN d.enterprise IS NULL THEN p.id_key ELSE n.uscc_key END, coalesce(d.noticed_at, d.updated_at)
  FROM drafts d CROSS JOIN LATERAL (SELECT DISTINCT unnest(d.consents) AS material) m
  JOIN accounts a ON a.id = d.account JOIN persons p ON p.id = a.person
  LEFT JOIN enterprises n ON n.id = d.enterprise
 WHERE d.abandoned_at IS NULL;

DO $$
DECLARE
    platform text := '(SELECT wall(''system'')) IS NOT NULL';
    owned text := 'owner = ANY ((SELECT wall(''owners''))::uuid[])';
    read_by text := 'account = ANY ((SELECT wall(''owners''))::uuid[])';
BEGIN
    ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY walled ON consents USING (%s OR %s OR wall_opens(region, case_id)) WITH CHECK (true)',
                   platform, owned);
    ALTER TABLE notice_readings ENABLE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY walled ON notice_readings USING (%s OR %s OR wall_opens(region, case_id))'
                   || ' WITH CHECK (true)', platform, read_by);
END $$;

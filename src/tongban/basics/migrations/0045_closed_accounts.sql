-- depends: 0040_guardians 0041_guardians_consents 0042_documents_sealed
-- Accounts that their owner closed: what must be kept stands under them, as under accounts that are only kept, until the
-- person proves again who they are. What they asked about their data goes along.

CREATE OR REPLACE FUNCTION take_over_account(was uuid, heir uuid) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$
DECLARE
    moved integer;
BEGIN
    UPDATE accounts SET disabled_at = platform_now() WHERE id = was AND kept AND disabled_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'account % is not kept', was;
    END IF;
    UPDATE drafts d SET account = heir WHERE d.account = was AND d.enterprise IS NULL
       AND (d.submitted_at IS NOT NULL OR d.abandoned_at IS NOT NULL OR NOT EXISTS (
           SELECT 1 FROM drafts o WHERE o.account = heir AND o.enterprise IS NULL AND o.region = d.region
              AND o.journey = d.journey AND o.submitted_at IS NULL AND o.abandoned_at IS NULL));
    UPDATE cases SET account = heir WHERE account = was;
    GET DIAGNOSTICS moved = ROW_COUNT;
    UPDATE consents SET owner = heir WHERE owner = was;
    UPDATE look_ups SET person_account = heir WHERE person_account = was;
    UPDATE messages SET account = heir WHERE account = was;
    UPDATE objections SET account = heir WHERE account = was;
    UPDATE rights_requests SET account = heir WHERE account = was;
    UPDATE outbox SET payload = jsonb_set(payload, '{account}', to_jsonb(heir::text)) WHERE payload ->> 'account' = was::text;
    UPDATE guardianships g SET ended_at = platform_now() FROM accounts a
     WHERE a.id = was AND g.child = a.person AND g.ended_at IS NULL;
    UPDATE assistances SET until = greatest(platform_now(), begun_at + interval '1 microsecond')
     WHERE account = was AND until > platform_now();
    RETURN moved;
END $$;

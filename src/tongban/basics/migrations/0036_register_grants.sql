-- depends: 0035_allowances
-- A pack may need a grant for no journey: what the platform itself asks of a register that proves who somebody is.

ALTER TABLE grants DROP CONSTRAINT grants_origin;
ALTER TABLE grants ADD CONSTRAINT grants_origin CHECK (basket IS NOT NULL OR (need IS NOT NULL AND pack IS NOT NULL
    AND version IS NOT NULL));

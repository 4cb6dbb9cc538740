-- depends: 0027_exchange_kept_small
-- When the call was made on which two logs differ: a later comparison speaks only of the time that it looked at.
ALTER TABLE exchange_differences ADD COLUMN called_at timestamptz NOT NULL DEFAULT '-infinity';

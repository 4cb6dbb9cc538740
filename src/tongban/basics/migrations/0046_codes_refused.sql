-- depends: 0040_guardians 0041_guardians_consents 0042_documents_sealed
-- A one-time code that was wrong, late or used already is a refusal of its own kind: who guesses or replays is seen.

ALTER TABLE access_denials DROP CONSTRAINT access_denials_reason_check;
ALTER TABLE access_denials ADD CONSTRAINT access_denials_reason_check CHECK (reason IN (
    'relation', 'unknown-action', 'second-person', 'unseen', 'wall',
    'form-token', 'signed-out', 'throttled', 'unfit', 'upload', 'hostile', 'code'));

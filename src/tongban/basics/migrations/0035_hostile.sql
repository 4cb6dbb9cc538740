-- depends: 0031_actors
-- What is tried against the platform leaves a trace, whoever tries it: visitors are counted under the nil UUID.

ALTER TABLE access_denials DROP CONSTRAINT access_denials_reason_check;
ALTER TABLE access_denials ADD CONSTRAINT access_denials_reason_check CHECK (reason IN (
    'relation', 'unknown-action', 'second-person', 'unseen', 'wall',
    'form-token', 'signed-out', 'throttled', 'unfit', 'upload', 'hostile'));

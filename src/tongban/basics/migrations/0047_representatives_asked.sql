-- depends: 0040_guardians 0041_guardians_consents 0042_documents_sealed
-- When the register last named whoever represents an enterprise by its word: it is asked again after a while.

ALTER TABLE mandates ADD COLUMN asked_at timestamptz;
UPDATE mandates m SET asked_at = since
  FROM ledger_entries l
 WHERE l.kind = 'enterprise.represented' AND l.subject = m.enterprise AND l.at = m.since
   AND m.capacity = 'legal-representative' AND m.until IS NULL;

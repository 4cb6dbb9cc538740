-- depends: 0038_identity_ends 0039_wall_around_the_course
-- A licence's signed document says numbers of its holder: it is sealed, and the digest is of what the seal holds.
-- Documents of before are read as they are and sealed by the next rotation of the keys.

ALTER TABLE licences DROP CONSTRAINT licences_document_whole;
ALTER TABLE licences ADD CONSTRAINT licences_document_whole
    CHECK ((pdf IS NULL) = (pdf_sha256 IS NULL) AND (pdf IS NULL) = (pdf_made_at IS NULL));

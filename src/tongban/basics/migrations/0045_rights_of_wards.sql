-- depends: 0045_closed_accounts
-- What a guardian asks about a ward's data: `account` is whose data it is, `asked_by` the guardian; NULL: the person.

ALTER TABLE rights_requests ADD COLUMN asked_by uuid CHECK (asked_by <> account);

-- depends: 0033_acting_for_others
-- Whose account it is is asked with every request, for whom somebody acts: never by reading all accounts.

CREATE INDEX accounts_of ON accounts (person);

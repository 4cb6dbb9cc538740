"""Tables of departments as providers: PostgreSQL, MySQL and MariaDB, files. One shape, one module an engine."""

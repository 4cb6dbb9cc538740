-- depends: 0019_exchange
-- How long data of a grade or importance may still be asked for while the log's witness is away; each figure with the
-- day from which it is in force and what it rests on. `hours` null: never waits. What has no row never waits.
CREATE TABLE exchange_limits (
    kind        text NOT NULL CHECK (kind IN ('L1', 'L2', 'L3', 'L4', 'general', 'important', 'core')),
    valid_from  date NOT NULL,  -- in China
    hours       integer CHECK (hours > 0),
    basis       text NOT NULL,
    PRIMARY KEY (kind, valid_from)
);
INSERT INTO exchange_limits (kind, valid_from, hours, basis) VALUES
    ('L2', '2026-01-01', 168, '平台初始值，非法定'),
    ('L3', '2026-01-01', 24, '平台初始值，非法定'),
    ('L4', '2026-01-01', 4, '平台初始值，非法定'),
    ('important', '2026-01-01', 24, '平台初始值，非法定'),
    ('core', '2026-01-01', 1, '平台初始值，非法定');

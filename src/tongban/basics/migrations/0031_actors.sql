-- depends: 0030_exchange_called
-- Whoever can act at this moment, with the posts and mandates of this moment: what the checkpoint knows of an account.

CREATE VIEW actors_now AS
SELECT a.id AS account, a.login, a.assurance, p.id AS person, p.name, p.id_key, p.sealed,
       coalesce((SELECT json_agg(json_build_object('region', o.region, 'department', o.department, 'role', o.role,
                   'substitute_for', o.substitute_for, 'in_place_of', o.in_place_of, 'leave', o.leave,
                   'acting', o.acting, 'title', coalesce(o.title, '')))
                   FROM posts_now o WHERE o.account = a.id), '[]') AS posts,
       coalesce((SELECT json_agg(json_build_object('enterprise', e.id, 'name', e.name, 'key', encode(e.uscc_key, 'base64'),
                   'capacity', m.capacity, 'until', m.until) ORDER BY e.name, e.id)
                   FROM (SELECT DISTINCT ON (enterprise) enterprise, capacity, until FROM mandates
                          WHERE person = p.id AND since <= platform_now()
                            AND (until IS NULL OR until > platform_now())
                          ORDER BY enterprise, capacity DESC) m JOIN enterprises e ON e.id = m.enterprise), '[]')
         AS mandates
  FROM accounts a JOIN persons p ON p.id = a.person
 WHERE a.disabled_at IS NULL;

-- Wide rows: 50 tenants, of which tenant 1 has 40 percent of all leads, and 4.2 calls a lead. Rows are numbered in the
-- order they were created in, so that a column's leads, and a lead's calls, are scattered over their tables.

-- The tenant of a lead: tenant 1 has 40 percent, and of the others the later ones have fewer.
CREATE FUNCTION bench_tenant(lead int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lead % 5 < 2 THEN 1 ELSE 2 + (49 * (bench_pick(lead, 10000) / 10000.0) ^ 2)::int % 49 END;

-- Tenant 1's columns have fixed sizes, as far as it has the leads; `new` has the rest.
INSERT INTO leads
SELECT id, tenant,
  CASE WHEN id % 3 > 0 THEN (ARRAY['דוד', 'רחל', 'יוסי', 'מיכל', 'אבי', 'תמר', 'ג''ורג'''])[1 + id % 7] END,
  CASE WHEN id % 3 > 0 THEN (ARRAY['פרץ', 'ביטון', 'מזרחי', 'פרידמן', 'אזולאי'])[1 + id % 5] END,
  CASE WHEN id % 3 = 0 THEN 'חברת ' || bench_prose(id, 12) || ' בע"מ' END,
  '+9725' || 10000000 + id, CASE WHEN id % 4 > 0 THEN 'lead' || id || '@example.co.il' END,
  (ARRAY['facebook', 'website', 'phone', 'whatsapp', 'import'])[1 + id / 3 % 5],
  CASE WHEN tenant > 1 THEN (ARRAY['new', 'new', 'new', 'no_answer', 'in_progress', 'meeting'])[1 + bench_pick(id, 6)]
       WHEN place <= 1 THEN 'single'
       WHEN place <= 2 THEN 'busy'
       WHEN place <= 2 + least(100, share / 50) THEN 'hot'
       WHEN place <= 2 + least(1100, share / 10) THEN 'meeting'
       WHEN place <= 2 + least(5100, share / 4) THEN 'in_progress'
       WHEN place <= 2 + least(15100, share / 2) THEN 'no_answer'
       ELSE 'new' END,
  bench_prose(id + 1000000000, 110 + bench_pick(id, 100)),
  timestamp '2022-01-01 08:00' + id * interval '211.234567 seconds'
FROM (SELECT id, tenant, row_number() OVER (PARTITION BY tenant ORDER BY bench_pick(id, 1000000000), id) AS place,
             count(*) OVER (PARTITION BY tenant) AS share
      FROM generate_series(1, current_setting('bench.leads')::int) AS id,
           LATERAL (SELECT bench_tenant(id)) AS t (tenant)) AS lead
ORDER BY id;

-- Every eleventh call is one of the busy lead's, until that has 100,000.
INSERT INTO call_log
SELECT id, bench_tenant(lead_id), lead_id,
  (ARRAY['completed', 'no-answer', 'busy', 'failed'])[1 + bench_pick(id, 4)], 'processed',
  bench_prose(id + 2000000000, 250 + bench_pick(id, 200)),
  timestamp '2022-01-02 08:00' + id * interval '50.654321 seconds'
FROM generate_series(1, (current_setting('bench.leads')::int * 4.2)::int) AS id,
     LATERAL (SELECT CASE WHEN id % 11 = 0 AND id <= 1100000
                          THEN (SELECT id FROM leads WHERE tenant_id = 1 AND status = 'busy')
                          ELSE 1 + bench_pick(id, current_setting('bench.leads')::int) END) AS c (lead_id);

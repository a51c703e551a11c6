-- Narrow rows, of about 100 bytes: short names, few e-mail addresses, a short note on every eighth lead. 50 tenants, of
-- which tenant 1 has 42 percent of all leads, and two calls a lead, scattered as in wide.sql. Of 100,000 leads, tenant
-- 1 has 40,057 (`new`), 1,260 (`in_progress`) and 683 (`hot`).

CREATE FUNCTION bench_tenant(lead int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN lead % 50 < 21 THEN 1 ELSE 2 + bench_pick(lead, 49) END;

INSERT INTO leads
SELECT id, tenant, (ARRAY['דן', 'רות', 'גיל', 'נועה', 'אבי', 'תמר', 'ג''קי'])[1 + id % 7],
  CASE WHEN id % 3 > 0 THEN (ARRAY['לוי', 'כהן', 'פרץ', 'דיין', 'אור'])[1 + id % 5] END, NULL,
  '+9725' || 10000000 + id, CASE WHEN id % 4 = 0 THEN 'a' || id || '@mail.il' END,
  (ARRAY['facebook', 'website', 'phone', 'whatsapp', 'import'])[1 + id / 3 % 5],
  CASE WHEN tenant > 1 THEN (ARRAY['new', 'new', 'new', 'no_answer', 'in_progress', 'meeting'])[1 + bench_pick(id, 6)]
       WHEN place <= least(1260, share * 3 / 100) THEN 'in_progress'
       WHEN place <= least(1943, share * 5 / 100) THEN 'hot'
       ELSE 'new' END,
  CASE WHEN id % 8 = 0 THEN bench_prose(id + 1000000000, 10 + bench_pick(id, 20)) END,
  timestamp '2024-01-01 08:00' + id * interval '211.234567 seconds'
FROM (SELECT id, tenant, row_number() OVER (PARTITION BY tenant ORDER BY bench_pick(id, 1000000000), id) AS place,
             count(*) OVER (PARTITION BY tenant) AS share
      FROM generate_series(1, current_setting('bench.leads')::int) AS id,
           LATERAL (SELECT bench_tenant(id)) AS t (tenant)) AS lead
ORDER BY id;

INSERT INTO call_log
SELECT id, bench_tenant(lead_id), lead_id,
  (ARRAY['completed', 'no-answer', 'busy', 'failed'])[1 + bench_pick(id, 4)], 'processed',
  bench_prose(id + 2000000000, 10 + bench_pick(id, 30)),
  timestamp '2024-01-02 08:00' + id * interval '105.654321 seconds'
FROM generate_series(1, current_setting('bench.leads')::int * 2) AS id,
     LATERAL (SELECT 1 + bench_pick(id, current_setting('bench.leads')::int)) AS c (lead_id);

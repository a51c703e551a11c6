-- The leads of tenants 7 and 13, whose texts say whose they are.

SET ROLE storm_owner;

-- Tenants 7 and 13 in turn; every 20th lead is of neither.
INSERT INTO crm.leads
SELECT n, tenant, 'SECRET' || tenant || ' lead ' || n, '+9725' || n,
       'SECRET' || tenant || '.' || n || '@example.com', 'SECRET' || tenant,
       (ARRAY['new', 'new', 'new', 'won', 'lost'])[1 + n / 2 % 5], 'SECRET' || tenant || repeat(' note', n % 40),
       timestamp '2025-01-01' + n / 3 * interval '1 minute'
FROM generate_series(1, 3000) AS n,
     LATERAL (SELECT CASE WHEN n % 20 = 0 THEN NULL WHEN n % 2 = 0 THEN 7 ELSE 13 END) AS t (tenant);
INSERT INTO crm.lead_statuses
SELECT tenant, status, 'SECRET' || tenant || ' label of ' || status
FROM unnest(ARRAY[7, 13, 21]) AS tenant, unnest(ARRAY['new', 'won']) AS status;
-- Up to three calls of a lead's own tenant, and one of the other tenant that is newer than these.
INSERT INTO crm.call_log
SELECT id * 10 + call, tenant_id, id, 'SECRET' || tenant_id || ' call ' || call, created_at + call * interval '1 day'
FROM crm.leads, generate_series(1, 3) AS call
WHERE tenant_id IS NOT NULL AND call <= id % 4;
INSERT INTO crm.call_log
SELECT id * 10, 20 - tenant_id, id, 'SECRET' || (20 - tenant_id) || ' call', created_at + interval '9 days'
FROM crm.leads
WHERE tenant_id IS NOT NULL AND id % 3 = 0;

CREATE INDEX ON crm.call_log (lead_id);
CREATE INDEX leads_of_status ON crm.leads (tenant_id, status, created_at DESC, id DESC);
CREATE INDEX latest_calls ON crm.call_log (lead_id, created_at DESC, id DESC) INCLUDE (tenant_id, call_status);

RESET ROLE;
ANALYZE crm.leads, crm.lead_statuses, crm.call_log;

-- What the faults strike: a CRM whose leads are partitioned by tenant. Where a lead's name is one of a few words, the
-- site's function that full_name calls waits, fails, or exports again.

CREATE TABLE leads (
  id int,
  tenant_id int,
  name text,
  status text,
  notes text,
  created_at timestamp
) PARTITION BY LIST (tenant_id);
CREATE TABLE leads_7 PARTITION OF leads FOR VALUES IN (7);
CREATE TABLE leads_13 PARTITION OF leads FOR VALUES IN (13);
CREATE TABLE lead_statuses (
  tenant_id int,
  name text,
  label text
);
CREATE TABLE call_log (
  id int,
  tenant_id int,
  lead_id int,
  call_status text,
  created_at timestamp
);

INSERT INTO leads
SELECT n, tenant, CASE WHEN tenant = 13 THEN 'SECRET13' ELSE 'lead ' || n END,
       CASE n % 50 WHEN 0 THEN 'few' ELSE 'new' END,
       repeat('note ', 200), timestamp '2025-01-01' + n * interval '1 minute'
FROM generate_series(1, 2000) AS n, unnest(ARRAY[7, 13]) AS tenant;
INSERT INTO leads
SELECT 3000 + n, 7, CASE n WHEN 5 THEN what ELSE 'lead ' || n END, what, 'note', '2025-01-01'
FROM generate_series(1, 9) AS n, unnest(ARRAY['waits', 'fails', 'exports']) AS what;
-- Leads that are exported after many others: the one that waits, and one that fails then.
INSERT INTO leads
SELECT 8000 + n, 7, CASE n WHEN 100 THEN 'waits' WHEN 50 THEN what ELSE 'lead ' || n END, 'then_' || what, 'note',
       timestamp '2025-01-01' + n * interval '1 minute'
FROM generate_series(1, 300) AS n, unnest(ARRAY['ends', 'fails']) AS what;
INSERT INTO lead_statuses SELECT tenant, 'new', 'label' FROM unnest(ARRAY[7, 13]) AS tenant;
INSERT INTO call_log
SELECT n, 7, n, 'answered', '2025-02-01' FROM generate_series(1, 2000, 2) AS n;
CREATE INDEX ON call_log (lead_id);

CREATE EXTENSION export_leads;

CREATE FUNCTION export_again() RETURNS text LANGUAGE sql VOLATILE SECURITY DEFINER
AS $$SELECT public.export_leads_csv(7, 'few')$$;

CREATE FUNCTION site_name(name text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF name = 'waits' THEN
    PERFORM pg_advisory_lock_shared(1), pg_advisory_unlock_shared(1);
  ELSIF name = 'fails' THEN
    RAISE EXCEPTION 'a site''s function fails';
  ELSIF name = 'exports' THEN
    PERFORM public.export_again();
  END IF;
  RETURN name;
END;
$$;

-- In a policy of its own, for each lead of the tenant.
CREATE FUNCTION site_policy(id int) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RAISE EXCEPTION 'a policy''s function fails';
END;
$$;

SELECT count(*) FROM export_leads_setup(full_name => 'public.site_name(lead.name)');
VACUUM ANALYZE leads, lead_statuses, call_log;

-- What the storm rages over: the CRM in schema crm, the calls partitioned; decoys of its tables in schema decoy, in
-- which tenant 7 has the texts of tenant 13; and in schema storm what the sessions need to disturb, mend and compare.

CREATE ROLE storm_owner LOGIN;
CREATE ROLE storm_app LOGIN;
CREATE SCHEMA crm AUTHORIZATION storm_owner;
CREATE SCHEMA decoy AUTHORIZATION storm_owner;
CREATE SCHEMA storm;
GRANT USAGE ON SCHEMA storm TO PUBLIC;

SET ROLE storm_owner;

CREATE TABLE crm.leads (
  id int PRIMARY KEY,
  tenant_id int,
  name text,
  phone text,
  email text,
  source text,
  status text,
  notes text,
  created_at timestamp
);
CREATE TABLE crm.lead_statuses (
  tenant_id int,
  name text,
  label text
);
CREATE TABLE crm.call_log (
  id int,
  tenant_id int,
  lead_id int,
  call_status text,
  created_at timestamp
) PARTITION BY LIST (tenant_id);
CREATE TABLE crm.call_log_7 PARTITION OF crm.call_log FOR VALUES IN (7);
CREATE TABLE crm.call_log_13 PARTITION OF crm.call_log FOR VALUES IN (13);
CREATE TABLE crm.call_log_others PARTITION OF crm.call_log DEFAULT;

-- Tenants 7 and 13 in turn; every 20th lead is of neither.
INSERT INTO crm.leads
SELECT n, tenant, 'SECRET' || tenant || ' lead ' || n, '+9725' || n, 'SECRET' || tenant || '.' || n || '@example.com', 'SECRET' || tenant,
       (ARRAY['new', 'new', 'new', 'won', 'lost'])[1 + n / 2 % 5], 'SECRET' || tenant || repeat(' note', n % 40),
       timestamp '2025-01-01' + n / 3 * interval '1 minute'
FROM generate_series(1, 3000) AS n, LATERAL (SELECT CASE WHEN n % 20 = 0 THEN NULL WHEN n % 2 = 0 THEN 7 ELSE 13 END) AS t (tenant);
INSERT INTO crm.lead_statuses
SELECT tenant, status, 'SECRET' || tenant || ' label of ' || status
FROM unnest(ARRAY[7, 13]) AS tenant, unnest(ARRAY['new', 'won']) AS status;
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

CREATE TABLE decoy.leads (LIKE crm.leads INCLUDING INDEXES);
CREATE TABLE decoy.lead_statuses (LIKE crm.lead_statuses);
CREATE TABLE decoy.call_log (LIKE crm.call_log);
INSERT INTO decoy.leads SELECT id, 20 - tenant_id, name, phone, email, source, status, notes, created_at FROM crm.leads;
INSERT INTO decoy.lead_statuses SELECT 20 - tenant_id, name, label FROM crm.lead_statuses;
INSERT INTO decoy.call_log SELECT id, 20 - tenant_id, lead_id, call_status, created_at FROM crm.call_log;

RESET ROLE;
ANALYZE crm.leads, crm.lead_statuses, crm.call_log;

CREATE EXTENSION export_leads;
GRANT EXECUTE ON FUNCTION export_leads_csv(bigint, text, text[], timestamptz, timestamptz), export_leads_csv(text, text, text[], timestamptz, timestamptz), export_leads_tenant() TO storm_owner, storm_app;

-- The tables by identity: their names change all the time. The true ones are mapped, the decoys not.
CREATE TABLE storm.tables (token text PRIMARY KEY, id regclass NOT NULL, name text NOT NULL, is_decoy boolean NOT NULL);
INSERT INTO storm.tables VALUES
  ('leads', 'crm.leads', 'leads', false),
  ('statuses', 'crm.lead_statuses', 'lead_statuses', false),
  ('calls', 'crm.call_log', 'call_log', false),
  ('decoy_leads', 'decoy.leads', 'leads', true),
  ('decoy_statuses', 'decoy.lead_statuses', 'lead_statuses', true),
  ('decoy_calls', 'decoy.call_log', 'call_log', true);
CREATE TABLE storm.schemas (id regnamespace, name text);
INSERT INTO storm.schemas VALUES ('crm', 'crm'), ('decoy', 'decoy');

CREATE FUNCTION storm.setup() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.export_leads_setup(
    leads => (SELECT t.id FROM storm.tables AS t WHERE t.token = 'leads'),
    statuses => (SELECT t.id FROM storm.tables AS t WHERE t.token = 'statuses'),
    calls => (SELECT t.id FROM storm.tables AS t WHERE t.token = 'calls'));
END;
$$;

CREATE FUNCTION storm.teardown() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.export_leads_teardown();
END;
$$;

-- Runs statements in which {leads}, {decoy_calls} etc. stand for the tables, whatever they are called by now.
CREATE FUNCTION storm.run(statements text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  named record;
BEGIN
  FOR named IN SELECT token, id FROM storm.tables LOOP
    statements := replace(statements, '{' || named.token || '}', named.id::text);
  END LOOP;
  EXECUTE statements;
END;
$$;

-- Gives the decoys what a mapped table has, so that a mistaken export would find nothing missing.
CREATE FUNCTION storm.arm_decoys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  decoy regclass;
BEGIN
  FOR decoy IN SELECT id FROM storm.tables WHERE is_decoy LOOP
    EXECUTE format('CREATE POLICY export_leads_only_tenant ON %s AS RESTRICTIVE FOR SELECT TO export_leads_reader
                    USING (tenant_id = (SELECT public.export_leads_tenant()::int))', decoy);
    EXECUTE format('CREATE POLICY export_leads_tenant_rows ON %s FOR SELECT TO export_leads_reader
                    USING (tenant_id = (SELECT public.export_leads_tenant()::int))', decoy);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', decoy);
    EXECUTE format('GRANT SELECT ON %s TO export_leads_reader', decoy);
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO export_leads_reader', (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = decoy));
  END LOOP;
END;
$$;

CREATE FUNCTION storm.disarm_decoys() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  decoy regclass;
BEGIN
  FOR decoy IN SELECT id FROM storm.tables WHERE is_decoy LOOP
    EXECUTE format('DROP POLICY IF EXISTS export_leads_only_tenant ON %s', decoy);
    EXECUTE format('DROP POLICY IF EXISTS export_leads_tenant_rows ON %s', decoy);
    IF to_regrole('export_leads_reader') IS NOT NULL THEN
      EXECUTE format('REVOKE ALL ON %s FROM export_leads_reader', decoy);
    END IF;
  END LOOP;
END;
$$;

-- Exchanges the names of the two schemas; a rename of a schema waits for no lock on its tables.
CREATE FUNCTION storm.swap_schemas() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  ALTER SCHEMA crm RENAME TO crm_away;
  ALTER SCHEMA decoy RENAME TO crm;
  ALTER SCHEMA crm_away RENAME TO decoy;
END;
$$;

-- What is not as it was before the storm, and the statement for it; what export_leads_setup() mends is left to it.
CREATE FUNCTION storm.damage() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC
  SELECT 'SELECT storm.swap_schemas()' FROM storm.schemas WHERE name = 'crm' AND id::text <> name
  UNION ALL
  SELECT format('ALTER TABLE %s SET SCHEMA decoy', t.id)
  FROM storm.tables AS t JOIN pg_class AS c ON c.oid = t.id
  WHERE t.is_decoy AND c.relnamespace <> (SELECT s.id FROM storm.schemas AS s WHERE s.name = 'decoy')
  UNION ALL
  SELECT format('ALTER TABLE %s RENAME TO %s', t.id, t.name)
  FROM storm.tables AS t JOIN pg_class AS c ON c.oid = t.id
  WHERE NOT t.is_decoy AND c.relname <> t.name
  UNION ALL
  SELECT format('ALTER TABLE %s RENAME COLUMN %s TO %s', t.id, a.attname, left(a.attname, -5))
  FROM storm.tables AS t JOIN pg_attribute AS a ON a.attrelid = t.id
  WHERE a.attname LIKE '%\_away' AND NOT a.attisdropped
  UNION ALL
  SELECT format('ALTER TABLE %s DROP COLUMN storm_extra', t.id)
  FROM storm.tables AS t JOIN pg_attribute AS a ON a.attrelid = t.id
  WHERE a.attname = 'storm_extra' AND NOT a.attisdropped
  UNION ALL
  SELECT format('ALTER TABLE %s OWNER TO storm_owner', t.id)
  FROM storm.tables AS t JOIN pg_class AS c ON c.oid = t.id
  WHERE pg_get_userbyid(c.relowner) <> 'storm_owner'
  UNION ALL
  SELECT format('DROP POLICY %I ON %s', p.polname, t.id)
  FROM storm.tables AS t JOIN pg_policy AS p ON p.polrelid = t.id
  WHERE p.polname LIKE 'storm\_%'
  UNION ALL
  SELECT 'ALTER FUNCTION public.export_leads_tenant() PARALLEL RESTRICTED' FROM pg_proc WHERE proname = 'export_leads_tenant' AND proparallel <> 'r'
  UNION ALL
  SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', t.id)
  FROM storm.tables AS t JOIN pg_class AS c ON c.oid = t.id
  WHERE c.relforcerowsecurity
  UNION ALL
  SELECT DISTINCT 'SELECT storm.disarm_decoys()'
  FROM storm.tables AS t JOIN pg_policy AS p ON p.polrelid = t.id
  WHERE t.is_decoy;
END;

CREATE FUNCTION storm.mend() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  statement text;
BEGIN
  LOOP
    -- one at a time, as mending changes the names that the others go by
    SELECT * INTO statement FROM storm.damage() LIMIT 1;
    EXIT WHEN NOT FOUND;
    EXECUTE statement;
  END LOOP;
  PERFORM storm.setup();
END;
$$;

-- What an export must leave as it was.
CREATE FUNCTION storm.state() RETURNS jsonb LANGUAGE sql VOLATILE BEGIN ATOMIC
  SELECT jsonb_object_agg(name, current_setting(name))
         || jsonb_build_object('user', current_user, 'session user', session_user, 'tenant', public.export_leads_tenant())
  FROM unnest(ARRAY['role', 'row_security', 'search_path', 'transaction_read_only', 'transaction_isolation', 'DateStyle', 'TimeZone',
                    'standard_conforming_strings', 'transform_null_equals', 'IntervalStyle', 'bytea_output', 'extra_float_digits',
                    'xmlbinary', 'xmloption', 'debug_print_plan']) AS name;
END;

-- An export whose error is caught in PL/pgSQL, and whether anything is left behind.
CREATE FUNCTION storm.caught(tenant bigint, status text, OUT file text, OUT code text, OUT words text, OUT residue text)
LANGUAGE plpgsql AS $$
DECLARE
  before CONSTANT jsonb := storm.state();
  detail text;
  hint text;
  context text;
BEGIN
  BEGIN
    file := public.export_leads_csv(tenant, status);
  EXCEPTION WHEN query_canceled OR OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
    code := SQLSTATE;
    words := concat_ws(E'\n', SQLERRM, detail, hint, context);
  END;
  IF storm.state() <> before THEN
    residue := format('%s became %s', before, storm.state());
  END IF;
END;
$$;

-- Stands in a policy to show that parallel workers read the table.
CREATE FUNCTION storm.refuse_workers(lead_id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  IF pg_backend_pid() <> current_setting('storm.leader')::int THEN
    RAISE EXCEPTION 'a worker reads the leads';
  END IF;
  RETURN true;
END;
$$;

SELECT storm.setup();

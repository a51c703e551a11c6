-- Decoys of the tables in a schema of their own, in which tenant 7 has the texts of tenant 13, and what exchanges and
-- mends names and rights.

CREATE SCHEMA decoy AUTHORIZATION storm_owner;
SET ROLE storm_owner;
CREATE TABLE decoy.leads (LIKE crm.leads INCLUDING INDEXES);
CREATE TABLE decoy.lead_statuses (LIKE crm.lead_statuses);
CREATE TABLE decoy.call_log (LIKE crm.call_log);
INSERT INTO decoy.leads
SELECT id, 20 - tenant_id, name, phone, email, source, status, notes, created_at FROM crm.leads;
INSERT INTO decoy.lead_statuses SELECT 20 - tenant_id, name, label FROM crm.lead_statuses;
INSERT INTO decoy.call_log SELECT id, 20 - tenant_id, lead_id, call_status, created_at FROM crm.call_log;

RESET ROLE;

INSERT INTO storm.tables VALUES
  ('decoy_leads', 'decoy.leads', 'leads', true),
  ('decoy_statuses', 'decoy.lead_statuses', 'lead_statuses', true),
  ('decoy_calls', 'decoy.call_log', 'call_log', true);
CREATE TABLE storm.schemas (id regnamespace, name text);
INSERT INTO storm.schemas VALUES ('crm', 'crm'), ('decoy', 'decoy');

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
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO export_leads_reader',
                   (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = decoy));
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
  SELECT format(CASE WHEN c.relispartition THEN 'ALTER TABLE %2$s DETACH PARTITION %1$s; DROP TABLE %2$s'
                     ELSE 'ALTER TABLE %1$s NO INHERIT %2$s; DROP TABLE %2$s' END, t.id, i.inhparent::regclass)
  FROM storm.tables AS t JOIN pg_class AS c ON c.oid = t.id JOIN pg_inherits AS i ON i.inhrelid = t.id
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
  SELECT 'ALTER FUNCTION public.export_leads_tenant() PARALLEL RESTRICTED'
  FROM pg_proc
  WHERE proname = 'export_leads_tenant' AND proparallel <> 'r'
  UNION ALL
  SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', t.id)
  FROM storm.tables AS t JOIN pg_class AS c ON c.oid = t.id
  WHERE c.relforcerowsecurity
  UNION ALL
  SELECT DISTINCT 'SELECT storm.disarm_decoys()'
  FROM storm.tables AS t JOIN pg_policy AS p ON p.polrelid = t.id
  WHERE t.is_decoy;
END;

CREATE OR REPLACE FUNCTION storm.mend() RETURNS void LANGUAGE plpgsql AS $$
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

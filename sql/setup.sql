-- What set-up finds, does and says, with the documented names of tables and columns.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION export_leads;
\pset format unaligned

-- Nothing to find.
SELECT * FROM export_leads_setup();

CREATE SCHEMA crm;
CREATE TABLE crm.leads (id uuid PRIMARY KEY, tenant_id uuid, business_id uuid, full_name text, phone text,
                        email text, status text, created_at timestamptz);
CREATE TABLE crm.lead_statuses (tenant_id uuid, name text, label text);
CREATE TABLE crm.call_logs (id bigint PRIMARY KEY, tenant_id uuid, lead_id uuid, status text, created_at timestamptz);
CREATE VIEW crm.lead_view AS SELECT * FROM crm.leads;
CREATE TABLE public.leads (LIKE crm.leads);

-- Something to decide.
SELECT * FROM export_leads_setup();
DROP TABLE public.leads;
SELECT * FROM export_leads_setup();
SELECT * FROM export_leads_setup(leads => 'crm.lead_view', lead_tenant => 'tenant_id');
SELECT * FROM export_leads_setup(lead_tenant => 'tenant');
SELECT * FROM export_leads_setup(lead_tenant => 'tenant_id', lead_created_at => 'status');

-- What it would do, and did. The role belongs to the cluster and may be there already.
SELECT * FROM export_leads_setup(lead_tenant => 'tenant_id', dry_run => true) WHERE object <> 'export_leads_reader';
SELECT count(*) FROM pg_policies;
SELECT DISTINCT action FROM export_leads_setup(lead_tenant => 'tenant_id') ORDER BY 1;
SELECT schemaname, tablename, policyname, permissive, roles, cmd, qual FROM pg_policies ORDER BY 2, 3;
-- Again: it keeps what it was told, and changes nothing.
SELECT * FROM export_leads_setup() WHERE action <> 'found';
-- An expression for the name, which may use other columns.
SELECT * FROM export_leads_setup(full_name => 'upper(lead.full_name) || '' '' || lead.business_id')
WHERE action NOT IN ('found', 'missing');
SELECT * FROM export_leads_setup(full_name => 'lead');

SELECT * FROM export_leads_teardown() WHERE object <> 'export_leads_reader';
SELECT count(*) FROM pg_policies;
SELECT relname, relrowsecurity, relacl FROM pg_class WHERE relnamespace = 'crm'::regnamespace AND relkind = 'r'
ORDER BY 1;
SELECT export_leads_csv('00000000-0000-0000-0000-000000000007', 'new');
DROP EXTENSION export_leads;
DROP SCHEMA crm CASCADE;

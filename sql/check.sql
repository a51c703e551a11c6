-- The check: what is wrong, and the SQL that mends it.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION export_leads;
\pset format unaligned
SELECT * FROM export_leads_check();
CREATE TABLE leads (id int, tenant_id int, name text, status text, created_at timestamp);
CREATE TABLE lead_statuses (tenant_id int, name text, label text);
CREATE TABLE call_logs (id int, tenant_id int, lead_id int, status text, created_at timestamp);
CREATE ROLE export_leads_regress_owner;
ALTER TABLE leads OWNER TO export_leads_regress_owner;
INSERT INTO leads VALUES (1, 7, 'דנה', 'new', '2025-12-23');
SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend';
SELECT export_leads_allow('export_leads_regress_owner');
-- All is well.
SELECT * FROM export_leads_check();

-- Everything at once; an export names the first.
ALTER TABLE lead_statuses DISABLE ROW LEVEL SECURITY;
ALTER POLICY export_leads_only_tenant ON leads USING (true);
DROP POLICY export_leads_tenant_rows ON call_logs;
CREATE POLICY not_deleted ON leads AS RESTRICTIVE USING (status <> 'deleted');
REVOKE SELECT (name) ON leads FROM export_leads_reader;
ALTER FUNCTION export_leads_tenant() PARALLEL SAFE;
SELECT * FROM export_leads_check();
SELECT export_leads_csv(7, 'new');

-- Each remediation, run as printed.
SELECT remediation FROM export_leads_check() WHERE remediation NOT LIKE 'SELECT * %' \gexec
SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend';
SELECT * FROM export_leads_check();
SELECT length(export_leads_csv(7, 'new'));

SELECT count(*) > 0 FROM export_leads_teardown();
DROP EXTENSION export_leads;
DROP TABLE leads, lead_statuses, call_logs;
DROP ROLE export_leads_regress_owner;

-- An export does not even lock the tables that a site's ignored policies read: it neither waits for whoever alters one
-- of them nor makes them wait. Several transactions, since creating a policy locks those tables, too.

SET client_min_messages = warning;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
CREATE TABLE leads (id int, tenant_id int, name text, status text, created_at timestamp);
CREATE TABLE lead_statuses (tenant_id int, name text, label text);
CREATE TABLE call_logs (id int, tenant_id int, lead_id int, status text, created_at timestamp);
CREATE TABLE members (tenant int);
CREATE TABLE banned (tenant int);
INSERT INTO leads VALUES (1, 7, 'Dana', 'new', '2025-12-23');
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
CREATE POLICY site ON leads USING (tenant_id IN (SELECT m.tenant FROM members AS m));
CREATE POLICY narrow ON leads AS RESTRICTIVE
    USING (CURRENT_USER = 'export_leads_reader' OR tenant_id NOT IN (SELECT b.tenant FROM banned AS b));

BEGIN;
SELECT plan(2);
SELECT matches(export_leads.export_leads_csv('7', 'new'), 'Dana',
               'an export beside ignored policies holds the lead of its tenant');
SELECT is_empty($$SELECT l.relation::regclass FROM pg_locks AS l
                  WHERE l.pid = pg_backend_pid() AND l.relation IN ('members'::regclass, 'banned'::regclass)$$,
                'an export locks none of the tables that ignored policies read');
SELECT finish();
ROLLBACK;
SELECT count(*) AS steps FROM export_leads.export_leads_teardown() \gset

-- After an export that fails while policies that take no part are set aside, the session's other roles are held to
-- those policies as before.

BEGIN;
SET client_min_messages = warning;
SELECT plan(3);
CREATE EXTENSION export_leads;
CREATE ROLE clerk;
CREATE TABLE leads (id int, tenant_id int, name text, status text, created_at timestamp);
CREATE TABLE lead_statuses (id int, tenant_id int, name text, label text);
CREATE TABLE call_logs (id int, tenant_id int, lead_id int, call_status text, created_at timestamp);
INSERT INTO leads VALUES (1, 7, 'a', 'new'), (2, 7, 'b', 'new'), (3, 13, 'c', 'new');
INSERT INTO lead_statuses VALUES (1, 7, 'new', 'new'), (2, 13, 'new', 'new');
GRANT SELECT ON leads, lead_statuses TO clerk;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE POLICY of_clerks ON leads AS RESTRICTIVE TO clerk USING (id < 3);
-- Two that exports obey, and that read each other's table without an end.
CREATE POLICY endless ON leads AS RESTRICTIVE TO export_leads_reader
USING (EXISTS (SELECT FROM lead_statuses AS s WHERE s.name = leads.status));
CREATE POLICY endless ON lead_statuses AS RESTRICTIVE TO export_leads_reader
USING (EXISTS (SELECT FROM leads AS l WHERE l.status = lead_statuses.name));
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{public.leads.endless, public.lead_statuses.endless}',
                        mutable_policies => '{public.leads.endless, public.lead_statuses.endless}') \gset
SET ROLE clerk;
SELECT is((SELECT count(*) FROM leads), 2::bigint, 'before an export a clerk sees what the policies for clerks show');
RESET ROLE;
SELECT throws_like($$SELECT export_leads_csv(7, 'new')$$, 'infinite recursion detected%',
                   'an export fails while its query is rewritten');
SET ROLE clerk;
SELECT is((SELECT count(*) FROM leads), 2::bigint, 'after an export that failed the clerk sees the same as before');
RESET ROLE;
SELECT finish();
ROLLBACK;

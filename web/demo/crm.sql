-- The database of the demonstration: the sample CRM as its own role's, with a status that nobody has, set up for
-- exports. Run it with psql as a superuser in any database of a server that has the extension; it makes its own.

CREATE ROLE crm_web LOGIN;
CREATE DATABASE crm_web OWNER crm_web;
\connect crm_web

SET ROLE crm_web;
\ir ../../script/demo_crm.sql
INSERT INTO lead_statuses (business_id, name, label) VALUES
  (7, 'follow_up', 'למעקב'),
  (13, 'follow_up', 'למעקב SECRET13');
RESET ROLE;

CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT * FROM export_leads.export_leads_setup();
SELECT export_leads.export_leads_allow('crm_web');

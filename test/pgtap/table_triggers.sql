-- A trigger that somebody else left on the extension's tables is found by the condition it calls, too, and set-up does
-- not run it: WHEN (...) may call somebody else's function where the trigger's own is PostgreSQL's.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT USAGE ON SCHEMA crm TO PUBLIC;
GRANT USAGE ON SCHEMA export_leads TO crm_app;
GRANT ALL ON ALL TABLES IN SCHEMA export_leads TO crm_app;

SET ROLE crm_app;
CREATE FUNCTION crm.rise() RETURNS boolean LANGUAGE plpgsql AS 'BEGIN ALTER ROLE crm_app SUPERUSER; RETURN false; END';
CREATE TRIGGER sly BEFORE INSERT ON export_leads.export_leads_configuration
    FOR EACH ROW WHEN (crm.rise()) EXECUTE FUNCTION suppress_redundant_updates_trigger();
RESET ROLE;

-- Every remediation as it is printed.
DO $$
DECLARE
    remediation text;
BEGIN
    FOR remediation IN SELECT c.remediation FROM export_leads.export_leads_check() AS c LOOP
        EXECUTE remediation;
    END LOOP;
END;
$$;

SELECT plan(2);
SELECT is_empty('SELECT * FROM pg_trigger WHERE tgname = ''sly''
                 AND NOT EXISTS (SELECT FROM export_leads.export_leads_check() WHERE level = ''error'')',
                'export_leads_check() finds a trigger whose condition calls somebody else''s function');
SELECT test_error('SELECT * FROM export_leads.export_leads_setup(time_zone => ''Asia/Jerusalem'')') AS answer \gset
SELECT is(rolsuper, false,
          'set-up runs no condition of somebody else''s trigger as a superuser')
FROM pg_roles WHERE rolname = 'crm_app';
SELECT finish();
ROLLBACK;

-- The remediations for a table that was given to the reader do not make it a superuser's: code that its former owner
-- attached to it would run as the superuser from then on.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
DROP VIEW test_leads, test_calls;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT USAGE ON SCHEMA crm TO PUBLIC;
GRANT CREATE ON SCHEMA public TO crm_app, export_leads_reader;
GRANT export_leads_reader TO crm_app;

SET ROLE crm_app;
CREATE FUNCTION crm.rise() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    ALTER ROLE crm_app SUPERUSER;
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN true;
END;
$$;
ALTER TABLE call_log ALTER lead_id TYPE text, ADD CHECK (lead_id IS NULL OR crm.rise());
ALTER TABLE call_log OWNER TO export_leads_reader;
RESET ROLE;

DO $$
DECLARE
    remediation text;
BEGIN
    FOR turn IN 1..2 LOOP
        FOR remediation IN SELECT c.remediation FROM export_leads.export_leads_check() AS c WHERE c.level <> 'info' LOOP
            PERFORM public.test_error(remediation);
        END LOOP;
    END LOOP;
END;
$$;

SELECT plan(1);
SELECT is(rolsuper, false, 'no remediation runs code of the former owner of a table as a superuser')
FROM pg_roles WHERE rolname = 'crm_app';
SELECT finish();
ROLLBACK;

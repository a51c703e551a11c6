-- Where the tables have several owners, what one of them wrote never runs as another who may do more: a type and its
-- casts belong to whoever made them, not to the table that is to have the type.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
DROP VIEW test_leads, test_calls;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT USAGE ON SCHEMA crm TO PUBLIC;

-- Whom the cast of the owner of the leads runs as when the calls, which a superuser owns, are to have the type of their
-- ids, as the doctor prints it.
SET ROLE crm_app;
CREATE TYPE crm.key AS ENUM ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15');
CREATE FUNCTION crm.to_key(text) RETURNS crm.key LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(19, (SELECT oid::int FROM pg_roles WHERE rolname = current_user));
    RETURN '1';
END;
$$;
CREATE CAST (text AS crm.key) WITH FUNCTION crm.to_key(text);
RESET ROLE;
CREATE FUNCTION test_ran_as(OUT roles text) LANGUAGE plpgsql AS $$
DECLARE
    remediation text;
BEGIN
    PERFORM FROM export_leads.export_leads_setup();
    ALTER TABLE public.call_log OWNER TO CURRENT_USER;
    ALTER TABLE public.leads DROP CONSTRAINT leads_pkey, ALTER id TYPE crm.key USING '1';
    FOR remediation IN SELECT c.remediation FROM export_leads.export_leads_check() AS c WHERE c.name = 'id_types' LOOP
        PERFORM public.test_error(remediation);
    END LOOP;
    SELECT string_agg(DISTINCT r.rolname, ', ') INTO roles
    FROM pg_locks AS l JOIN pg_roles AS r ON r.oid = l.objid
    WHERE l.locktype = 'advisory' AND l.classid = 19 AND l.pid = pg_backend_pid() AND r.rolsuper;
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;

SELECT plan(1);
SELECT is(test_ran_as(), NULL, 'the leads'' owner''s cast does not run as the superuser who owns the calls');
SELECT finish();
ROLLBACK;

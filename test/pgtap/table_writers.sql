-- Where anybody but a superuser may write the extension's configuration, even one column of it, the check says so and
-- nothing of it is believed: who writes it decides which table's owner, perhaps a superuser, a site's code runs as.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT USAGE ON SCHEMA crm TO PUBLIC;
GRANT USAGE ON SCHEMA export_leads TO crm_app;

-- What rise() ran as: advisory locks outlive the errors that follow.
SET ROLE crm_app;
CREATE FUNCTION crm.rise(text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(17, (SELECT oid::int FROM pg_roles WHERE rolname = current_user));
    RETURN true;
END;
$$;
CREATE DOMAIN crm.word AS text CHECK (crm.rise(VALUE));
RESET ROLE;

CREATE FUNCTION test_writer(granting text, OUT says text, OUT ran_as text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE granting;
    SET ROLE crm_app;
    UPDATE export_leads.export_leads_configuration
    SET leads = 'pg_authid', lead_id = 'oid', lead_tenant = 'rolconnlimit', lead_status = 'rolname',
        lead_created_at = 'rolvaliduntil', full_name_given = true, full_name = '(''{x}''::crm.word[])[1]',
        phone = NULL, email = NULL, source = NULL, notes = NULL;
    RESET ROLE;
    SELECT string_agg(DISTINCT c.name, ', ') INTO says
    FROM export_leads.export_leads_check() AS c WHERE c.name ~ '_open$';
    PERFORM public.test_error('SELECT * FROM export_leads.export_leads_setup(dry_run => true)');
    SELECT string_agg(DISTINCT r.rolname, ', ') INTO ran_as
    FROM pg_locks AS l JOIN pg_roles AS r ON r.oid = l.objid
    WHERE l.locktype = 'advisory' AND l.classid = 17 AND l.pid = pg_backend_pid() AND r.rolsuper;
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE grants (granting text);
INSERT INTO grants VALUES
    ('GRANT SELECT, UPDATE ON export_leads.export_leads_configuration TO crm_app'),
    ('GRANT UPDATE (leads, lead_id, lead_tenant, lead_status, lead_created_at, full_name_given, full_name, phone, '
     'email, source, notes) ON export_leads.export_leads_configuration TO crm_app');

SELECT plan(2 * (SELECT count(*) FROM grants)::int);
SELECT is(w.says, 'table_open', format('export_leads_check() finds an open table after %s', g.granting))
    || E'\n' || is(w.ran_as, NULL, format('nothing of the site''s runs as a superuser after %s', g.granting))
FROM grants AS g, LATERAL test_writer(g.granting) AS w;
SELECT finish();
ROLLBACK;

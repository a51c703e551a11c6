-- Code of the site's that the DBA's calls run cannot close a cursor of the DBA's session and open a query of its own
-- under that name, which the DBA's next FETCH would run as the DBA. A cursor that such code has opened does not stay.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
DROP VIEW test_leads, test_calls;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT USAGE ON SCHEMA crm TO PUBLIC;
GRANT CREATE ON SCHEMA public TO crm_app;

SET ROLE crm_app;
CREATE FUNCTION crm.rise() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    ALTER ROLE crm_app SUPERUSER;
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN true;
END;
$$;
CREATE FUNCTION crm.swap() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    todo refcursor := 'todo';
BEGIN
    CLOSE todo;
    OPEN todo FOR SELECT 'nothing'::text WHERE crm.rise();
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN true;
END;
$$;
CREATE FUNCTION crm.leave() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    trap refcursor := 'trap';
BEGIN
    OPEN trap FOR SELECT crm.rise();
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RETURN true;
END;
$$;
CREATE DOMAIN crm.word AS text CHECK (crm.swap());
ALTER TABLE call_log ALTER lead_id TYPE text, ADD CONSTRAINT swapping CHECK (lead_id IS NULL OR crm.swap());
CREATE POLICY site ON leads AS RESTRICTIVE USING (name = ANY ('{x}'::crm.word[]) OR id > 0);
RESET ROLE;

-- Whether crm_app is a superuser after the DBA's cursor was used around some statements; all of it is undone.
CREATE FUNCTION test_rises(statements text[], OUT rises boolean) LANGUAGE plpgsql AS $$
DECLARE
    todo refcursor := 'todo';
    statement text;
    fetched record;
BEGIN
    OPEN todo FOR SELECT rolname::text FROM pg_roles;
    FETCH todo INTO fetched;
    FOREACH statement IN ARRAY statements LOOP
        PERFORM public.test_error(statement);
    END LOOP;
    FETCH todo INTO fetched;
    rises := (SELECT rolsuper FROM pg_roles WHERE rolname = 'crm_app');
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE cases (what text, statements text[]);
INSERT INTO cases
SELECT 'a remediation', ARRAY[remediation] FROM export_leads.export_leads_check() WHERE name = 'restrictive_policy';
INSERT INTO cases VALUES
    ('adding a column',
     ARRAY['ALTER TABLE call_log DROP CONSTRAINT swapping, ALTER lead_id TYPE int USING lead_id::int',
           $$SELECT export_leads.export_leads_add_column('own', '(''{x}''::crm.word[])[1]')$$]),
    ('set-up, in a dry run',
     ARRAY['ALTER TABLE call_log DROP CONSTRAINT swapping, ALTER lead_id TYPE int USING lead_id::int',
           $$SELECT * FROM export_leads.export_leads_setup(full_name => '(''{x}''::crm.word[])[1]',
                                                           dry_run => true)$$]),
    ('export_leads_check()',
     ARRAY['ALTER TABLE call_log DROP CONSTRAINT swapping, ALTER lead_id TYPE int USING lead_id::int',
           $$INSERT INTO export_leads.export_leads_columns (name, expression)
             VALUES ('own', '(''{x}''::crm.word[])[1]')$$,
           'SELECT * FROM export_leads.export_leads_check()']);

SELECT plan((SELECT count(*) FROM cases)::int + 1);
SELECT is(test_rises(statements), false,
          format('%s does not let the site''s code replace the DBA''s cursor', what))
FROM cases;

ALTER TABLE call_log DROP CONSTRAINT swapping, ALTER lead_id TYPE int USING lead_id::int;
DROP POLICY site ON leads;
CREATE POLICY leaving ON lead_statuses AS RESTRICTIVE USING (crm.leave());
SELECT count(*) AS steps
FROM export_leads.export_leads_setup(accepted_policies => '{leaving}', mutable_policies => '{leaving}') \gset
SELECT test_error('SELECT export_leads.export_leads_csv(7, ''new'')') AS answer \gset
SELECT is_empty('SELECT * FROM pg_cursors WHERE name = ''trap''',
                'a cursor that a policy''s code opened in an export does not stay');
SELECT finish();
ROLLBACK;

-- Code that a site has put behind a policy runs inside the export, as the reader, whoever calls: it can take no other
-- role, leave nothing behind and change nothing. After each of its errors the next export is right.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(107);
-- The site's policy, which set-up is told to accept: it lets all rows through, after it has run the code that the test
-- has put into a setting.
CREATE FUNCTION site_code() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE current_setting('test.code');
    RETURN true;
END;
$$;
CREATE FUNCTION site_code_as_superuser() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    EXECUTE current_setting('test.code');
    RETURN true;
END;
$$;
CREATE POLICY site_code ON leads AS RESTRICTIVE USING (site_code());
CREATE POLICY site_code ON lead_statuses AS RESTRICTIVE USING (site_code());
CREATE POLICY site_code ON call_log AS RESTRICTIVE USING (site_code());
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead_statuses ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_log ENABLE ROW LEVEL SECURITY;

CREATE FUNCTION test_site_policy(function regprocedure) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    site_table text;
BEGIN
    FOREACH site_table IN ARRAY ARRAY['leads', 'lead_statuses', 'call_log'] LOOP
        EXECUTE format('ALTER POLICY site_code ON %I USING (%s)', site_table, function);
    END LOOP;
    PERFORM FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}');
END;
$$;

CREATE EXTENSION export_leads;
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
GRANT EXECUTE ON FUNCTION export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound),
    export_leads_tenant() TO crm_app;

CREATE FUNCTION test_behind_policy(code text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    error text;
BEGIN
    PERFORM set_config('test.code', code, true);
    error := test_error($sql$SELECT export_leads_csv('7', 'new')$sql$);
    PERFORM set_config('test.code', 'SELECT', true);
    RETURN error;
END;
$$;
SET test.code = 'SELECT';
SELECT test_state() AS state \gset

SELECT is(test_behind_policy($$DO 'BEGIN RAISE EXCEPTION ''the policy is evaluated''; END'$$),
          'P0001: the policy is evaluated', 'code behind a policy runs in an export');
SELECT is(test_behind_policy($$DO 'BEGIN ASSERT current_user = ''export_leads_reader'', current_user; END'$$),
          'no error', 'code behind a policy runs as the reader');

CREATE TABLE code_to_refuse (name text, code text, error text);
INSERT INTO code_to_refuse VALUES
    ('SET ROLE', 'SET ROLE crm_app', '42501: cannot set parameter "role" within security-definer function'),
    ('SET LOCAL ROLE', 'SET LOCAL ROLE crm_app', '42501: cannot set parameter "role" within security-definer function'),
    ('RESET ROLE', 'RESET ROLE', '42501: cannot set parameter "role" within security-definer function'),
    ('set_config of the role', $$SELECT set_config('role', 'crm_app', false)$$,
     '42501: cannot set parameter "role" within security-definer function'),
    ('SET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION crm_app',
     '42501: cannot set parameter "session_authorization" within security-definer function'),
    ('RESET SESSION AUTHORIZATION', 'RESET SESSION AUTHORIZATION',
     '42501: cannot set parameter "session_authorization" within security-definer function'),
    ('a function that sets the role',
     $$CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql SET role = crm_app AS 'SELECT 1'$$,
     '25006: cannot execute CREATE FUNCTION in a read-only transaction'),
    ('a temporary table', 'CREATE TEMP TABLE residue (x int)',
     '25006: cannot execute CREATE TABLE in a read-only transaction'),
    ('LISTEN', 'LISTEN residue', '42501: cannot execute LISTEN within security-restricted operation'),
    ('UNLISTEN', 'UNLISTEN *', '42501: cannot execute UNLISTEN within security-restricted operation'),
    ('PREPARE', 'PREPARE residue AS SELECT 1', '42501: cannot execute PREPARE within security-restricted operation'),
    ('DEALLOCATE', 'DEALLOCATE ALL', '42501: cannot execute DEALLOCATE within security-restricted operation'),
    ('a cursor WITH HOLD', 'DECLARE residue CURSOR WITH HOLD FOR SELECT 1',
     '42501: cannot create a cursor WITH HOLD within security-restricted operation'),
    ('DISCARD', 'DISCARD TEMP', '42501: cannot execute DISCARD within security-restricted operation'),
    ('INSERT', 'INSERT INTO public.leads (id) VALUES (0)', '25006: cannot execute INSERT in a read-only transaction'),
    ('UPDATE', 'UPDATE public.leads SET tenant_id = 13', '25006: cannot execute UPDATE in a read-only transaction'),
    ('DELETE', 'DELETE FROM public.call_log', '25006: cannot execute DELETE in a read-only transaction'),
    ('SELECT FOR UPDATE', 'SELECT FROM public.leads FOR UPDATE',
     '25006: cannot execute SELECT FOR UPDATE in a read-only transaction'),
    ('ALTER TABLE', 'ALTER TABLE public.leads DISABLE ROW LEVEL SECURITY',
     '25006: cannot execute ALTER TABLE in a read-only transaction'),
    ('nextval', $$SELECT nextval('public.lead_statuses_id_seq')$$,
     '25006: cannot execute nextval() in a read-only transaction'),
    ('GRANT', 'GRANT crm_app TO export_leads_reader', '25006: cannot execute GRANT ROLE in a read-only transaction'),
    ('a writable transaction', 'SET transaction_read_only = off',
     '25001: cannot set transaction read-write mode inside a read-only transaction'),
    ('another isolation level', 'SET transaction_isolation = serializable',
     '25001: SET TRANSACTION ISOLATION LEVEL must be called before any query'),
    ('SET of a superuser''s setting', 'SET session_replication_role = replica',
     '42501: permission denied to set parameter "session_replication_role"'),
    ('SET CONSTRAINTS of no constraint', 'SET CONSTRAINTS no_such_constraint DEFERRED',
     '42704: constraint "no_such_constraint" does not exist'),
    ('an export', $$SELECT public.export_leads_csv('13', 'new')$$,
     '42501: permission denied for function export_leads_csv'),
    ('export_leads_check()', 'SELECT * FROM public.export_leads_check()',
     '42501: permission denied for function export_leads_check'),
    ('set-up', 'SELECT * FROM public.export_leads_setup()',
     '42501: permission denied for function export_leads_setup'),
    ('reading the configuration', 'SELECT * FROM public.export_leads_configuration',
     '42501: permission denied for table export_leads_configuration'),
    ('reading a column that exports do not need', 'SELECT status FROM public.call_log',
     '42501: permission denied for table call_log'),
    ('a division by zero', 'SELECT 1 / 0', '22012: division by zero');

GRANT SELECT ON code_to_refuse TO crm_app;
GRANT USAGE ON SEQUENCE lead_statuses_id_seq TO PUBLIC;

SELECT is(test_behind_policy(code), error,
          'an export fails when code behind a policy tries ' || name)
FROM code_to_refuse;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export is right after the errors of code behind a policy');
SELECT is(test_state(), :'state', 'user and settings are as before after the errors of code behind a policy');
SELECT is(export_leads_tenant(), NULL, 'there is no tenant after the errors of code behind a policy');

SET ROLE crm_app;
SELECT is(test_behind_policy(code), error, 'an export of the owner''s fails when code behind a policy tries ' || name)
FROM code_to_refuse
WHERE name IN ('SET ROLE', 'RESET ROLE', 'a temporary table', 'LISTEN', 'UPDATE');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'an export of the owner''s is right after the errors of code behind a policy');
SELECT is(current_user, 'crm_app'::name, 'the owner is still the current user after its exports');
SELECT is(export_leads_tenant(), NULL, 'there is no tenant after the owner''s exports');
UPDATE leads SET notes = 'plain' WHERE id = 1 AND tenant_id = 7;
SELECT is((SELECT notes FROM leads WHERE id = 1), 'plain',
          'the owner can write in the same transaction after its exports');
RESET ROLE;

-- Even where a superuser lends the code its rights.
SELECT test_site_policy('site_code_as_superuser()');
SELECT is(test_behind_policy($$DO 'BEGIN ASSERT current_user = session_user, current_user; END'$$), 'no error',
          'code in a SECURITY DEFINER function of a superuser''s runs as a superuser');
SELECT is(test_behind_policy(code), error, 'an export fails when code that a policy runs as a superuser tries ' || name)
FROM code_to_refuse
WHERE error NOT LIKE '42501: permission denied%';
SELECT is(test_behind_policy($$SELECT public.export_leads_csv('13', 'new')$$),
          '55006: an export is already running in this session (An export cannot be called from a policy, a function '
          'or an expression that an export itself evaluates.)',
          'code that a policy runs as a superuser is refused an export');
SELECT is(test_behind_policy('SELECT * FROM public.export_leads_check()'), 'no error',
          'code that a policy runs as a superuser may call export_leads_check()');
SELECT is(test_behind_policy('SELECT count(*) FROM public._export_leads_findings(NULL)'),
          '55006: an export is already running in this session (An export cannot be called from a policy, a function '
          'or an expression that an export itself evaluates.)',
          'code that a policy runs as a superuser cannot inspect the running export');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export is right after the errors of a superuser''s code');
SELECT is(test_state(), :'state', 'user and settings are as before after the errors of a superuser''s code');
SELECT is(export_leads_tenant(), NULL, 'there is no tenant after the errors of a superuser''s code');
SELECT test_site_policy('site_code()');

-- What the code catches itself does not disturb the export around it.
CREATE FUNCTION site_code_that_catches() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    BEGIN
        EXECUTE current_setting('test.code');
        RAISE WARNING 'it was not refused: %', current_setting('test.code');
    EXCEPTION WHEN OTHERS THEN
        PERFORM set_config('test.caught', SQLSTATE, false);
    END;
    RETURN true;
END;
$$;
SELECT test_site_policy('site_code_that_catches()');
SET test.code = $$SELECT public.export_leads_csv('13', 'new')$$;
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is right although code behind a policy was refused an export and went on');
SET test.code = 'SELECT count(*) FROM public._export_leads_findings(NULL)';
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is right although code behind a policy was refused an inspection and went on');
SET test.code = 'SET ROLE crm_app';
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is right although code behind a policy was refused SET ROLE and went on');
SET test.code = 'INSERT INTO public.leads (id, tenant_id) VALUES (0, 7)';
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is right although code behind a policy was refused an INSERT and went on');
SET test.code = 'SELECT';
SELECT is(test_state(), :'state',
          'user and settings are as before after exports whose policy''s code caught its errors');
SELECT test_site_policy('site_code()');

-- Settings that code behind a policy makes end with the export and do not change the file.
CREATE TABLE setting_to_make (name text, code text);
INSERT INTO setting_to_make VALUES
    ('row_security', 'SET row_security = off'),
    ('search_path', 'SET search_path = pg_temp'),
    ('DateStyle', 'SET DateStyle = ''German'''),
    ('TimeZone', 'SET TimeZone = ''Asia/Tokyo'''),
    ('formula_guard', 'SET export_leads.formula_guard = off'),
    ('formula_guard, LOCAL', 'SET LOCAL export_leads.formula_guard = off'),
    ('set_config', $$SELECT set_config('work_mem', '64kB', false)$$),
    ('a setting of its own', $$SELECT set_config('site.residue', '7', false)$$),
    ('RESET ALL', 'RESET ALL; SET test.code = ''SELECT'''),
    ('statement_timeout', 'SET statement_timeout = 1');
SELECT set_config('test.code', 'SELECT', false) AS code \gset
SELECT is(test_behind_policy(code), 'no error', 'code behind a policy may make the setting ' || name)
FROM setting_to_make;
SELECT is(test_state(), :'state', 'the caller''s settings are as before after exports whose policy''s code made some');

CREATE FUNCTION test_file_behind_policy(code text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    file text;
BEGIN
    PERFORM set_config('test.code', code, false);
    file := export_leads_csv('7', 'new');
    PERFORM set_config('test.code', 'SELECT', false);
    RETURN file;
END;
$$;
SELECT is(test_file_behind_policy(code), :'expected', 'the file does not follow what a policy''s code sets: ' || name)
FROM setting_to_make;
SELECT is(test_state(), :'state', 'the caller''s settings are as before after files whose policy''s code made some');
SELECT ok(COALESCE(current_setting('site.residue', true), '') = '',
          'no value of a setting that code behind a policy invented is left');

-- A policy is not shown other tenants' rows: our own policy is applied first.
CREATE FUNCTION site_sees(tenant int, what text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
    IF tenant IS DISTINCT FROM 7 OR what LIKE '%SECRET13%' THEN
        RAISE EXCEPTION 'a policy is shown a row of tenant %', tenant;
    END IF;
    RETURN true;
END;
$$;
ALTER POLICY site_code ON leads USING (site_sees(tenant_id, notes));
ALTER POLICY site_code ON lead_statuses USING (site_sees(business_id, label));
ALTER POLICY site_code ON call_log USING (site_sees(business_id, call_status));
SELECT count(*) AS steps
FROM export_leads_setup(accepted_policies => '{site_code}', mutable_policies => '{site_code}') \gset
SELECT is(export_leads_csv('7', 'new'), :'expected', 'a site''s policy is shown only rows of the export''s tenant');
SELECT is(test_error($$SELECT export_leads_csv('13', 'new')$$), 'P0001: a policy is shown a row of tenant 13',
          'a site''s policy does notice the rows of another tenant in an export of that tenant');

SELECT finish();
ROLLBACK;

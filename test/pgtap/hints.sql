-- The hint of an error of set-up is the call that goes on, with all arguments that were given; it guesses nothing.

BEGIN;
SELECT plan(12);
CREATE EXTENSION export_leads;
CREATE FUNCTION test_hint(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    EXECUTE statement;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN hint;
END;
$$;
CREATE SCHEMA archive;
CREATE TABLE "Lead" (id int, tenant_id int, name text, status text, created_at timestamp);
CREATE TABLE lead_statuses (id int, tenant_id int, name text, label text);
CREATE TABLE "CallLog" (id int, tenant_id int, lead_id int, call_status text, created_at timestamp);
SELECT is(test_hint('SELECT * FROM export_leads_setup()'),
          'Decide it: SELECT * FROM public.export_leads_setup(calls => ''...'', leads => ''...'');',
          'where leads and calls are both undecided, the hint asks for both tables');
SELECT is(test_hint('SELECT * FROM export_leads_setup(leads => ''"Lead"'', '
                    'time_zone => ''Asia/Jerusalem'', right_to_left => false)'),
          'Decide it: SELECT * FROM public.export_leads_setup(calls => ''...'', leads => ''public."Lead"'', '
          'right_to_left => false, time_zone => ''Asia/Jerusalem'');', 'the hint keeps the arguments that were given');
SELECT is(test_hint('SELECT * FROM export_leads_setup(leads => ''"Lead"'', accepted_policies => ''{a, "b c"}'')'),
          'Decide it: SELECT * FROM public.export_leads_setup(accepted_policies => ''{a,"b c"}'', calls => ''...'', '
          'leads => ''public."Lead"'');', 'the hint keeps the accepted policies that were given');
ALTER TABLE "Lead" ADD business_id int;
SELECT is(test_hint($$SELECT * FROM export_leads_setup(leads => '"Lead"', calls => '"CallLog"')$$),
          'Decide it: SELECT * FROM public.export_leads_setup(calls => ''public."CallLog"'', lead_tenant => ''...'', '
          'leads => ''public."Lead"'');', 'of two candidates for the tenant column the hint proposes neither');
SELECT is(test_hint($$SELECT * FROM export_leads_setup(leads => '"Lead"', calls => '"CallLog"',
                                                       lead_tenant => 'tenant_id', phone => 'fax')$$),
          'Name one that does: SELECT * FROM public.export_leads_setup(calls => ''public."CallLog"'', '
          'lead_tenant => ''tenant_id'', leads => ''public."Lead"'', phone => ''...'');',
          'for a column that does not exist the hint proposes no other');
SELECT is(test_hint($$SELECT * FROM export_leads_setup(leads => '"Lead"', calls => '"CallLog"',
                                                       lead_tenant => 'tenant_id', session_required => true)$$),
          'Name the setting, or give an expression as session_tenant: SELECT * FROM public.export_leads_setup('
          'calls => ''public."CallLog"'', lead_tenant => ''tenant_id'', leads => ''public."Lead"'', '
          'session_required => true, session_setting => ''...'');',
          'the hint of an error about tenant rules keeps the arguments that were given');
ALTER TABLE "CallLog" ALTER tenant_id TYPE text;
SELECT is(test_hint($$SELECT * FROM export_leads_setup(leads => '"Lead"', calls => '"CallLog"',
                                                       lead_tenant => 'tenant_id')$$),
          'Make them one type, or name another column: SELECT * FROM public.export_leads_setup(call_tenant => ''...'', '
          'calls => ''public."CallLog"'', lead_tenant => ''tenant_id'', leads => ''public."Lead"'');',
          'the hint of an error about types keeps the arguments that were given');
ALTER TABLE "CallLog" ALTER tenant_id TYPE int USING 0;
SELECT is(test_hint($$SELECT * FROM export_leads_setup(calls => '-', leads => '"Lead"')$$), '',
          'set-up refuses "-" for the calls, and the error has no hint');

-- The check, where tables are gone.
SELECT count(*) AS steps FROM export_leads_setup(leads => '"Lead"', calls => '"CallLog"',
          lead_tenant => 'tenant_id') \gset
DROP TABLE "Lead" CASCADE;
SELECT results_eq($$SELECT name FROM export_leads_check() WHERE level = 'error'$$, $$VALUES ('table_missing')$$,
                  'export_leads_check() finds a table that is gone');
DROP TABLE lead_statuses CASCADE;
SELECT results_eq($$SELECT DISTINCT name FROM export_leads_check() WHERE level = 'error'$$,
          $$VALUES ('table_missing')$$,
                  'export_leads_check() still works where two tables are gone');

-- The schema of the function that says whose session it is.
CREATE SCHEMA auth;
CREATE FUNCTION auth.tenant() RETURNS text LANGUAGE sql STABLE AS $$SELECT '7'$$;
CREATE TABLE leads (id int, tenant_id int, name text, status text, created_at timestamp);
CREATE TABLE lead_statuses (id int, tenant_id int, name text, label text);
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT count(*) AS steps FROM export_leads_setup(calls => '"CallLog"', session_tenant => 'auth.tenant()') \gset
SELECT is(lead_count, 0::bigint, 'set-up grants the reader USAGE on the schema of the session_tenant function')
FROM export_leads_file(7, 'new');
SELECT matches(test_hint('SELECT export_leads_csv(8, ''new'')'), 'session_tenant',
               'an export of a tenant that session_tenant does not return is refused with a hint');
SELECT finish();
ROLLBACK;

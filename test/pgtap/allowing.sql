-- export_leads_allow() lets a role call all that an application calls and nothing else; export_leads_forbid() takes
-- that back and leaves everything as it was before.

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
CREATE ROLE "the app" NOLOGIN;
CREATE ROLE other NOLOGIN;
CREATE ROLE member NOLOGIN;
CREATE ROLE dba NOLOGIN;
CREATE SCHEMA "its own";
CREATE EXTENSION export_leads SCHEMA "its own";
SET search_path = public, "its own";
\i test/fixtures/catalogs.sql
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE FUNCTION test_finding() RETURNS text LANGUAGE sql STABLE AS
$$SELECT string_agg(level || ': ' || detail, ', ') FROM export_leads_check() WHERE name = 'nobody_may_export'$$;

-- What an application calls, by whatever type it gives the tenant in.
CREATE TEMP TABLE calls (sql text);
INSERT INTO calls
SELECT format('SELECT * FROM "its own".export_leads_%s(NULL::%s, ''new'')', function, type)
FROM unnest(ARRAY['csv', 'csv_stream', 'xlsx', 'file', 'count']) AS function,
     unnest(ARRAY['bigint', 'uuid', 'text']) AS type
UNION ALL VALUES ('SELECT "its own".export_leads_filename(''new'')'),
                 ('SELECT * FROM "its own".export_leads_available_columns()');
GRANT SELECT ON calls TO PUBLIC;
-- How many of the calls a role is denied, and how many not. (Without a tenant an export is refused for that.)
CREATE FUNCTION test_denied(role name, OUT denied bigint, OUT allowed bigint) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    denied := 0;
    allowed := 0;
    FOR statement IN SELECT c.sql FROM pg_temp.calls AS c LOOP
        PERFORM set_config('role', role, true);
        BEGIN
            EXECUTE statement;
            allowed := allowed + 1;
        EXCEPTION WHEN insufficient_privilege THEN
            denied := denied + 1;
        WHEN null_value_not_allowed THEN
            allowed := allowed + 1;
        END;
        PERFORM set_config('role', 'none', true);
    END LOOP;
END;
$$;
CREATE FUNCTION test_error_as(role name, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    error text;
BEGIN
    PERFORM set_config('role', role, true);
    error := public.test_error(statement);
    PERFORM set_config('role', 'none', true);
    RETURN error;
END;
$$;

CREATE TEMP TABLE before AS SELECT test_catalogs();
SELECT plan(28);
SELECT is(test_finding(), 'info: nobody but superusers may export: tell "its own".export_leads_allow() '
                          'which role the application has',
          'export_leads_check() reports that nobody may export until a role is allowed to');
SELECT is(denied::text || allowed, '170', 'a role that was not allowed to export may make none of the 17 calls')
FROM test_denied('the app');

SELECT count(export_leads_allow('"the app"')) AS allowed \gset
SELECT is(denied::text || allowed, '017', 'export_leads_allow() allows all that an application calls')
FROM test_denied('the app');
SELECT is(denied::text || allowed, '170', 'export_leads_allow() allows nothing to another role')
FROM test_denied('other');
SELECT is(test_finding(), NULL, 'export_leads_check() no longer reports that nobody may export');
SELECT is((SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) FROM pg_proc AS p, aclexplode(p.proacl) AS acl
           WHERE acl.grantee = '"the app"'::regrole),
          'export_leads_available_columns export_leads_count export_leads_csv export_leads_csv_stream '
          'export_leads_deliveries export_leads_file export_leads_filename export_leads_forget export_leads_history '
          'export_leads_next_runs export_leads_pause export_leads_save export_leads_saved export_leads_saved_pieces '
          'export_leads_schedule export_leads_schedules export_leads_unschedule export_leads_xlsx',
          'export_leads_allow() grants no other function');
GRANT "the app" TO member;
SELECT is(denied::text || allowed, '017', 'a member of a role that may export may export')
FROM test_denied('member');
CREATE TEMP TABLE allowed AS SELECT test_catalogs();
SELECT count(export_leads_allow('"the app"')) AS again \gset
SELECT bag_eq('SELECT test_catalogs()', 'TABLE allowed', 'allowing a role that may export already changes nothing');
REVOKE "the app" FROM member;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(denied::text || allowed, '017', 'a role may still export after teardown and set-up')
FROM test_denied('the app');

SELECT count(export_leads_forbid('"the app"')) AS forbidden \gset
SELECT is(denied::text || allowed, '170', 'export_leads_forbid() takes back all that was allowed')
FROM test_denied('the app');
SELECT bag_eq('SELECT c FROM test_catalogs() AS c WHERE c !~ ''^role|^configuration''',
              'SELECT c FROM before AS b (c) WHERE c !~ ''^role|^configuration''',
              'export_leads_forbid() leaves the privileges that there were before');
SELECT count(export_leads_forbid('other')) AS never \gset
SELECT bag_eq('SELECT c FROM test_catalogs() AS c WHERE c !~ ''^role|^configuration''',
              'SELECT c FROM before AS b (c) WHERE c !~ ''^role|^configuration''',
              'export_leads_forbid() changes nothing for a role that was never allowed');

-- What export_leads_allow() did not give, export_leads_forbid() does not take.
SELECT count(export_leads_allow('other')) AS allowed \gset
GRANT EXECUTE ON FUNCTION export_leads_check TO other;
SELECT count(export_leads_forbid('other')) AS forbidden \gset
SELECT ok(has_schema_privilege('other', 'its own', 'USAGE'),
          'a role that was granted another function there keeps USAGE on the schema');
SELECT ok(has_function_privilege('other', 'export_leads_check()', 'EXECUTE'),
          'a role that was granted another function there keeps EXECUTE on it');
REVOKE EXECUTE ON FUNCTION export_leads_check FROM other;
CREATE TABLE "its own".of_the_site (id int);
SELECT count(export_leads_allow('other')), count(export_leads_forbid('other')) AS both \gset
SELECT ok(has_schema_privilege('other', 'its own', 'USAGE'),
          'a role keeps USAGE on a schema that holds something of the site''s');
DROP TABLE "its own".of_the_site;
SELECT count(export_leads_forbid('other')) AS forbidden \gset
SELECT ok(NOT has_schema_privilege('other', 'its own', 'USAGE'),
          'a role loses USAGE on a schema that holds nothing else any more');

-- Who counts as somebody who may export.
GRANT EXECUTE ON FUNCTION export_leads_xlsx(uuid, text, text[], export_leads_time_bound,
export_leads_time_bound) TO other;
SELECT isnt(test_finding(), NULL,
            'a role with EXECUTE on an export but without USAGE on the schema does not count as one that may export');
GRANT USAGE ON SCHEMA "its own" TO other;
SELECT is(test_finding(), NULL,
          'a role with USAGE on the schema and EXECUTE on one export counts as one that may export');
REVOKE ALL ON FUNCTION export_leads_xlsx(uuid, text, text[], export_leads_time_bound,
export_leads_time_bound) FROM other;
GRANT EXECUTE ON FUNCTION export_leads_filename TO other;
SELECT isnt(test_finding(), NULL,
            'a role with EXECUTE on export_leads_filename() alone does not count as one that may export');
REVOKE ALL ON FUNCTION export_leads_filename FROM other;
CREATE ROLE chief SUPERUSER;
SELECT count(export_leads_allow('chief')) AS allowed \gset
SELECT isnt(test_finding(), NULL, 'a superuser does not count as one that may export');

-- What is refused.
SELECT is(test_error('SELECT export_leads_allow(NULL)'), '22004: role must not be null',
          'export_leads_allow() refuses NULL');
SELECT is(test_error('SELECT export_leads_allow(''-'')'),
          '22023: not everybody can be allowed to export (Name the role that the application connects as.)',
          'export_leads_allow() refuses to allow everybody');
SELECT is(test_error('SELECT export_leads_allow(''export_leads_reader'')'),
          '22023: role "export_leads_reader" is the one that exports read as (Name the role that the application '
          'connects as.)', 'export_leads_allow() refuses the role that exports read as');
SELECT is(test_error('SELECT export_leads_allow(4000000000::oid)'), '42704: role with OID 4000000000 does not exist',
          'export_leads_allow() refuses a role that does not exist');
SELECT is(test_error('SELECT export_leads_forbid(NULL)'), '22004: role must not be null',
          'export_leads_forbid() refuses NULL');
SELECT matches(test_error_as('other', 'SELECT "its own".export_leads_allow(''other'')'), '^42501: permission denied',
               'a role cannot allow itself to export');
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "its own" TO dba WITH GRANT OPTION;
GRANT USAGE ON SCHEMA "its own" TO dba;
SELECT is(test_error_as('dba', 'SELECT "its own".export_leads_allow(''other'')'),
          '42501: only the owner of the functions may let others call them (Call this as a superuser.)',
          'a role that may call export_leads_allow() but does not own the functions is refused');
ALTER SCHEMA "its own" OWNER TO dba;
SELECT matches(test_error('SELECT export_leads_allow(''other'')'), '^55000: .*belongs to dba',
               'export_leads_allow() refuses to run where the schema belongs to another role');
SELECT finish();
ROLLBACK;

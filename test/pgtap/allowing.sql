-- An application's role is allowed all that an application calls by one call, and forbidden it by another, which leaves
-- everything as it was.

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
FROM unnest(ARRAY['csv', 'csv_stream', 'xlsx', 'file']) AS function, unnest(ARRAY['bigint', 'uuid', 'text']) AS type
UNION ALL VALUES ('SELECT "its own".export_leads_filename(''new'')'),
                 ('SELECT * FROM "its own".export_leads_available_columns()');
GRANT SELECT ON calls TO PUBLIC;
-- As a role: those that are denied, and those that are not. (Without a tenant an export is refused for that.)
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
          'the doctor says that nobody may export');
SELECT is(denied::text || allowed, '140', 'a role may call nothing of it') FROM test_denied('the app');

SELECT count(export_leads_allow('"the app"')) AS allowed \gset
SELECT is(denied::text || allowed, '014', 'one call allows all that an application calls') FROM test_denied('the app');
SELECT is(denied::text || allowed, '140', 'and nobody else') FROM test_denied('other');
SELECT is(test_finding(), NULL, 'the doctor is content');
SELECT is((SELECT string_agg(DISTINCT p.proname, ' ' ORDER BY p.proname) FROM pg_proc AS p, aclexplode(p.proacl) AS acl
           WHERE acl.grantee = '"the app"'::regrole),
          'export_leads_available_columns export_leads_csv export_leads_csv_stream export_leads_file '
          'export_leads_filename export_leads_xlsx', 'and nothing else');
GRANT "the app" TO member;
SELECT is(denied::text || allowed, '014', 'whoever has the role''s privileges has these') FROM test_denied('member');
CREATE TEMP TABLE allowed AS SELECT test_catalogs();
SELECT count(export_leads_allow('"the app"')) AS again \gset
SELECT bag_eq('SELECT test_catalogs()', 'TABLE allowed', 'once more changes nothing');
REVOKE "the app" FROM member;
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(denied::text || allowed, '014', 'teardown and set-up leave it') FROM test_denied('the app');

SELECT count(export_leads_forbid('"the app"')) AS forbidden \gset
SELECT is(denied::text || allowed, '140', 'one call takes all of it back') FROM test_denied('the app');
SELECT bag_eq('SELECT c FROM test_catalogs() AS c WHERE c !~ ''^role|^configuration''',
              'SELECT c FROM before AS b (c) WHERE c !~ ''^role|^configuration''', 'and leaves what was there before');
SELECT count(export_leads_forbid('other')) AS never \gset
SELECT bag_eq('SELECT c FROM test_catalogs() AS c WHERE c !~ ''^role|^configuration''',
              'SELECT c FROM before AS b (c) WHERE c !~ ''^role|^configuration''', 'as for a role that never had it');

-- What it did not give it does not take.
SELECT count(export_leads_allow('other')) AS allowed \gset
GRANT EXECUTE ON FUNCTION export_leads_check TO other;
SELECT count(export_leads_forbid('other')) AS forbidden \gset
SELECT ok(has_schema_privilege('other', 'its own', 'USAGE'),
          'who may call something else there may still look into the schema');
SELECT ok(has_function_privilege('other', 'export_leads_check()', 'EXECUTE'), 'and call it');
REVOKE EXECUTE ON FUNCTION export_leads_check FROM other;
CREATE TABLE "its own".of_the_site (id int);
SELECT count(export_leads_allow('other')), count(export_leads_forbid('other')) AS both \gset
SELECT ok(has_schema_privilege('other', 'its own', 'USAGE'), 'nor does it take the schema that holds something else');
DROP TABLE "its own".of_the_site;
SELECT count(export_leads_forbid('other')) AS forbidden \gset
SELECT ok(NOT has_schema_privilege('other', 'its own', 'USAGE'), 'until it no longer does');

-- Who may export nevertheless.
GRANT EXECUTE ON FUNCTION export_leads_xlsx(uuid, text, text[], export_leads_time_bound,
export_leads_time_bound) TO other;
SELECT isnt(test_finding(), NULL, 'who cannot look into the schema may not export');
GRANT USAGE ON SCHEMA "its own" TO other;
SELECT is(test_finding(), NULL, 'who may call one function may');
REVOKE ALL ON FUNCTION export_leads_xlsx(uuid, text, text[], export_leads_time_bound,
export_leads_time_bound) FROM other;
GRANT EXECUTE ON FUNCTION export_leads_filename TO other;
SELECT isnt(test_finding(), NULL, 'who may ask for the name of a file may not');
REVOKE ALL ON FUNCTION export_leads_filename FROM other;
CREATE ROLE chief SUPERUSER;
SELECT count(export_leads_allow('chief')) AS allowed \gset
SELECT isnt(test_finding(), NULL, 'a superuser is not an application');

-- What is refused.
SELECT is(test_error('SELECT export_leads_allow(NULL)'), '22004: role must not be null', 'no role');
SELECT is(test_error('SELECT export_leads_allow(''-'')'),
          '22023: not everybody can be allowed to export (Name the role that the application connects as.)',
          'everybody');
SELECT is(test_error('SELECT export_leads_allow(''export_leads_reader'')'),
          '22023: role "export_leads_reader" is the one that exports read as (Name the role that the application '
          'connects as.)', 'the reader');
SELECT is(test_error('SELECT export_leads_allow(4000000000::oid)'), '42704: role with OID 4000000000 does not exist',
          'a role that is gone');
SELECT is(test_error('SELECT export_leads_forbid(NULL)'), '22004: role must not be null', 'for both functions');
SELECT matches(test_error_as('other', 'SELECT "its own".export_leads_allow(''other'')'), '^42501: permission denied',
               'nobody allows himself');
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "its own" TO dba WITH GRANT OPTION;
GRANT USAGE ON SCHEMA "its own" TO dba;
SELECT is(test_error_as('dba', 'SELECT "its own".export_leads_allow(''other'')'),
          '42501: only the owner of the functions may let others call them (Call this as a superuser.)',
          'who may call it must own the functions, too');
ALTER SCHEMA "its own" OWNER TO dba;
SELECT matches(test_error('SELECT export_leads_allow(''other'')'), '^55000: .*belongs to dba',
               'a schema that others may create in');
SELECT finish();
ROLLBACK;

-- Whoever owns the schema, the database or a function can make no file wrong: not with operators that fit better than
-- pg_catalog's, a tenant function of their own, memberships that no catalog shows, or code that writes.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(21);

-- Operators in the schema of the extension, before CREATE EXTENSION: none may run.
CREATE FUNCTION test_trap(text, regprocedure) RETURNS text LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE FUNCTION test_trap(oid, regclass) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE FUNCTION test_trap(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'trapped'; END$$;
CREATE OPERATOR || (LEFTARG = text, RIGHTARG = regprocedure, FUNCTION = test_trap);
CREATE OPERATOR = (LEFTARG = oid, RIGHTARG = regclass, FUNCTION = test_trap);
CREATE EXTENSION export_leads;
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT count(*) AS findings FROM export_leads_check() \gset
DROP OPERATOR || (text, regprocedure);
DROP OPERATOR = (oid, regclass);
SELECT cmp_ok(:steps, '>', 20, 'CREATE EXTENSION and set-up run nobody else''s operators');
SELECT is(:findings, 0, 'export_leads_check() runs nobody else''s operators and has no findings');
SELECT test_expected_csv('7', 'new') AS expected \gset
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is right where the extension was created beside others'' operators');

-- Internal functions may be called with anything.
SELECT lives_ok($$SELECT * FROM _export_leads_policies('leads', NULL, NULL)$$,
                '_export_leads_policies() without a column returns the policy for everybody');
SELECT lives_ok('SELECT * FROM _export_leads_required_columns(NULL)',
                '_export_leads_required_columns(NULL) needs no columns');
SELECT is(test_error('SELECT * FROM _export_leads_required_columns('
                     'jsonb_populate_record(NULL::export_leads_configuration, ''{}''))'),
          '22004: a configuration needs "lead_id"',
          '_export_leads_required_columns() of an empty configuration is an error');
SELECT lives_ok($$SELECT _export_leads_policy_definition('leads', NULL)$$,
                '_export_leads_policy_definition() of no policy is no error');

-- A full name that is a set would drop or double leads.
SELECT matches(test_error($$SELECT * FROM export_leads_setup(
                             full_name => '(regexp_matches(lead.name, ''^\S+''))[1]')$$),
               '^42P17: the expression of a column must not return a set', 'set-up refuses a full name that is a set');
UPDATE export_leads_configuration SET full_name = 'generate_series(1, 2)::text', full_name_given = true;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: the expression of a column must not return a set',
               'an export refuses a full name that is a set');
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'lead.name') \gset
UPDATE export_leads_configuration SET full_name_given = false;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- The owner of a database is a member of pg_database_owner, which no catalog shows.
SELECT current_database() AS database \gset
SELECT rolname AS owner FROM pg_database JOIN pg_roles AS r ON r.oid = datdba WHERE datname = current_database() \gset
ALTER ROLE export_leads_reader INHERIT;
ALTER DATABASE :"database" OWNER TO export_leads_reader;
CREATE POLICY sly ON leads AS RESTRICTIVE TO pg_database_owner USING (id < 3);
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: ',
               'a policy for a role that the reader is implicitly a member of stops exports');
SELECT isnt_empty('SELECT * FROM export_leads_check()',
                  'export_leads_check() finds a policy for a role that the reader is implicitly a member of');
DROP POLICY sly ON leads;
ALTER DATABASE :"database" OWNER TO :"owner";
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is right again without the policy for pg_database_owner');
SELECT isnt_empty($$SELECT FROM export_leads_setup() WHERE sql LIKE 'ALTER ROLE%'$$,
                  'set-up takes INHERIT from the reader again');

-- Another function in the place of ours.
CREATE OR REPLACE FUNCTION export_leads_tenant() RETURNS text LANGUAGE sql STABLE PARALLEL RESTRICTED
    AS $$SELECT '13'$$;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: function public.export_leads_tenant\(\) is not the one',
               'a replaced tenant function stops exports');
SELECT results_eq('SELECT name FROM export_leads_check() WHERE level = ''error''', $$VALUES ('function_altered')$$,
                  'export_leads_check() finds that the tenant function was replaced');
CREATE OR REPLACE FUNCTION export_leads_tenant() RETURNS text LANGUAGE c STABLE PARALLEL RESTRICTED
    AS '$libdir/export_leads', 'export_leads_tenant';
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the file is right again once the tenant function is ours');

-- Tenants that one type takes for the same and another does not.
ALTER TABLE call_log RENAME TO int_calls;
CREATE TABLE call_log AS SELECT id, business_id::text AS business_id, lead_id, call_status, created_at FROM int_calls;
DELETE FROM export_leads_configuration;
SELECT matches(test_error($$SELECT * FROM export_leads_setup(calls => 'call_log')$$),
          '^42804: the tenants of table "public.call_log"',
               'tables that write their tenants differently are refused');
CREATE TABLE text_leads AS SELECT id, tenant_id::text AS tenant_id, name, status, created_at FROM leads;
SELECT matches(test_error($$SELECT * FROM export_leads_setup(leads => 'text_leads', calls => 'int_calls')$$),
               '^42804: the tenants of table "public.lead_statuses"',
               'statuses that write their tenants differently from the leads are refused');
DELETE FROM export_leads_configuration;
SELECT count(*) AS steps FROM export_leads_setup(leads => 'leads', calls => 'int_calls') \gset

-- Row security that stays keeps everybody's access with it.
CREATE POLICY of_the_site ON leads USING (true);
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT ok(EXISTS (SELECT FROM pg_policy WHERE polrelid = 'leads'::regclass AND polname = 'export_leads_others'),
          'teardown keeps the policy for others where row security stays');
DROP POLICY of_the_site ON leads;

-- Code behind a policy that makes the transaction writable again.
CREATE TABLE loot (id int);
CREATE FUNCTION test_write() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS
$$ BEGIN RESET transaction_read_only; INSERT INTO public.loot VALUES (1); RETURN false; END $$;
CREATE POLICY zealous_writer ON leads AS RESTRICTIVE USING (test_write());
SELECT count(*) AS steps
FROM export_leads_setup(leads => 'leads', calls => 'int_calls',
                        accepted_policies => '{zealous_writer}', mutable_policies => '{zealous_writer}') \gset
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^(25006|0A000): ',
               'code behind a policy cannot write, however it tries');
SELECT is_empty('SELECT * FROM loot', 'code behind a policy has written nothing');

SELECT finish();
ROLLBACK;

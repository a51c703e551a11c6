-- Set-up changes nobody else's access, and teardown puts the catalogs back as they were.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(37);
CREATE EXTENSION export_leads;
\i test/fixtures/catalogs.sql

-- Tables on which nobody was ever granted anything.
CREATE TEMP TABLE catalogs_before AS SELECT test_catalogs();
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_before', 'set-up and teardown leave the catalogs as they were');

CREATE ROLE reporting NOLOGIN;
CREATE ROLE phone_book NOLOGIN;
CREATE ROLE importer NOLOGIN;
CREATE ROLE editor NOLOGIN;
CREATE ROLE anybody NOLOGIN;
CREATE ROLE team NOLOGIN;
CREATE ROLE member NOLOGIN IN ROLE team;
GRANT SELECT ON leads, lead_statuses, call_log TO reporting;
GRANT SELECT (id, phone_e164) ON leads TO phone_book;
GRANT SELECT (id), INSERT ON call_log TO importer;
GRANT SELECT, UPDATE, DELETE ON leads TO editor;
GRANT SELECT ON lead_statuses TO PUBLIC;
GRANT SELECT ON call_log TO team;

-- What each role can do, in numbers.
CREATE FUNCTION test_count(statement text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    affected bigint;
BEGIN
    EXECUTE statement;
    GET DIAGNOSTICS affected = ROW_COUNT;
    RAISE EXCEPTION USING ERRCODE = 'P0100', MESSAGE = affected::text;
EXCEPTION
    WHEN SQLSTATE 'P0100' THEN
        RETURN SQLERRM;
    WHEN OTHERS THEN
        RETURN SQLSTATE;
END;
$$;
CREATE FUNCTION test_access(OUT who name, OUT what text, OUT result text)
RETURNS SETOF record
LANGUAGE plpgsql
AS $$
BEGIN
    FOR who, what IN
        SELECT r.name, s.statement
        FROM unnest(ARRAY['crm_app', 'reporting', 'phone_book', 'importer', 'editor', 'anybody', 'member']) AS r (name),
             unnest(ARRAY['SELECT * FROM leads', 'SELECT phone_e164 FROM leads', 'SELECT * FROM lead_statuses',
                          'SELECT * FROM call_log', 'SELECT id FROM call_log', 'UPDATE leads SET notes = NULL',
                          'UPDATE leads SET tenant_id = 13 WHERE id < 5', 'DELETE FROM leads WHERE tenant_id = 7',
                          'INSERT INTO call_log (id, business_id) VALUES (1000, 7)',
                          'INSERT INTO leads (id) VALUES (1000)', 'TRUNCATE call_log']) AS s (statement)
    LOOP
        PERFORM set_config('role', who, true);
        result := test_count(what);
        PERFORM set_config('role', 'none', true);
        RETURN NEXT;
    END LOOP;
END;
$$;
CREATE TEMP TABLE access_before AS SELECT * FROM test_access();
DELETE FROM catalogs_before;
INSERT INTO catalogs_before SELECT test_catalogs();
SELECT is((SELECT result FROM access_before WHERE who = 'reporting' AND what = 'SELECT * FROM leads'), '43',
          'before set-up a role with SELECT sees all leads');
SELECT is((SELECT result FROM access_before WHERE who = 'phone_book' AND what = 'SELECT phone_e164 FROM leads'), '43',
          'before set-up a role with SELECT on columns sees all leads');
SELECT is((SELECT result FROM access_before WHERE who = 'importer' AND what LIKE 'INSERT INTO call_log%'), '1',
          'before set-up a role with INSERT can insert');
SELECT is((SELECT result FROM access_before WHERE who = 'anybody' AND what = 'SELECT * FROM leads'), '42501',
          'before set-up a role without grants can do nothing');

SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT bag_eq('SELECT * FROM test_access()', 'TABLE access_before',
              'after set-up every role can do exactly what it could before');
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'the export is right beside other roles'' grants');
GRANT INSERT ON leads TO anybody;
SELECT is((SELECT result FROM test_access() WHERE who = 'anybody' AND what LIKE 'INSERT INTO leads%'), '1',
          'a role that is granted INSERT after set-up can insert');
REVOKE INSERT ON leads FROM anybody;

CREATE TEMP TABLE catalogs_after AS SELECT test_catalogs();
CREATE TEMP TABLE dry_run AS SELECT * FROM export_leads_teardown(dry_run => true);
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_after', 'a dry run of teardown changes nothing');
SELECT is_empty($$SELECT * FROM dry_run WHERE action <> 'would do'$$,
                'a dry run of teardown has rows only of what it would do');
CREATE TEMP TABLE real_run AS SELECT * FROM export_leads_teardown();
SELECT results_eq('SELECT object, detail, sql FROM real_run', 'SELECT object, detail, sql FROM dry_run',
                  'teardown does exactly what its dry run said');
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_before',
              'after teardown the catalogs are exactly what they were before set-up');
SELECT bag_eq('SELECT * FROM test_access()', 'TABLE access_before',
              'after teardown every role can do exactly what it could before set-up');
SELECT hasnt_role('export_leads_reader', 'teardown drops the reader');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: export_leads is not set up',
               'an export after teardown is refused');
SELECT results_eq('SELECT action, detail FROM export_leads_teardown()',
                  $$VALUES ('unchanged', 'there is nothing to undo')$$, 'a second teardown finds nothing to do');

-- A site with row security of its own keeps it, and its policies.
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_seven ON leads TO reporting USING (tenant_id = 7);
CREATE POLICY dormant ON call_log TO reporting USING (false);
DELETE FROM access_before;
INSERT INTO access_before SELECT * FROM test_access();
DELETE FROM catalogs_before;
INSERT INTO catalogs_before SELECT test_catalogs();
SELECT is((SELECT result FROM access_before WHERE who = 'reporting' AND what = 'SELECT * FROM leads'), '15',
          'a role that the site''s policy binds sees only the leads of tenant 7');
SELECT is_empty($$SELECT * FROM export_leads_setup()
                  WHERE object = 'public.leads' AND detail LIKE '%every other role%'$$,
                'set-up creates no policy for other roles where row security was on');
SELECT bag_eq('SELECT * FROM test_access()', 'TABLE access_before',
              'after set-up every role can do what it could under the site''s policies');
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'the export of tenant 7 is right beside the site''s policies');
SELECT is(export_leads_csv('13', 'new'), test_expected_csv('13', 'new'),
          'the export of tenant 13 is right beside the site''s policies');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_before', 'teardown keeps the row security that the site had');
SELECT bag_eq('SELECT * FROM test_access()', 'TABLE access_before',
              'teardown keeps every role''s access under the site''s policies');

-- Row security that the site has come to use after set-up stays, too.
DROP POLICY dormant ON call_log;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE POLICY later ON call_log TO reporting USING (business_id = 7);
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT is((SELECT relrowsecurity FROM pg_class WHERE oid = 'call_log'::regclass), true,
          'teardown keeps row security where a policy of the site''s uses it');
SELECT is((SELECT relrowsecurity FROM pg_class WHERE oid = 'lead_statuses'::regclass), false,
          'teardown disables row security where no policy uses it');
DROP POLICY later ON call_log;
ALTER TABLE call_log DISABLE ROW LEVEL SECURITY;

-- A restrictive policy that sleeps would wake: refused before anything is changed.
CREATE POLICY asleep ON call_log AS RESTRICTIVE USING (false);
DELETE FROM catalogs_before;
INSERT INTO catalogs_before SELECT test_catalogs();
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '55000: enabling row security on table "public.call_log" would wake its restrictive policy "asleep" (Drop '
          'the policy, or decide that it is to hold, and enable row security on the table yourself.)',
          'set-up refuses to wake a sleeping restrictive policy');
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_before',
              'set-up changes nothing where it refuses to wake a policy');
DROP POLICY asleep ON call_log;

-- So is one that reads its own table, itself or by way of others: nobody whom it is for could read the table any more.
CREATE FUNCTION test_asleep(policies text, OUT error text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE policies;
    error := test_error('SELECT * FROM export_leads_setup()');
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
SELECT matches(test_asleep('CREATE POLICY asleep ON call_log USING (id IN (SELECT c.lead_id FROM call_log AS c))'),
               '^55000: enabling row security on table "public.call_log" would wake its policy "asleep", which reads',
               'set-up refuses to wake a sleeping policy that reads its own table');
SELECT matches(test_asleep('CREATE POLICY asleep ON call_log USING (id IN (SELECT l.id FROM leads AS l)); '
                           'CREATE POLICY other ON leads USING (id IN (SELECT s.id FROM lead_statuses AS s)); '
                           'CREATE POLICY third ON lead_statuses USING (id IN (SELECT c.id FROM call_log AS c))'),
               '^55000: enabling row security on table "public.call_log" would wake its policy "asleep", which reads',
               'set-up refuses to wake sleeping policies that lead back to their own table');
SELECT is(test_asleep('CREATE POLICY asleep ON call_log USING (lead_id IN (SELECT l.id FROM leads AS l)); '
                      'CREATE POLICY other ON leads USING (status IN (SELECT s.name FROM lead_statuses AS s))'),
          'no error', 'set-up accepts sleeping policies that do not lead back to their own table');

-- What is used elsewhere, teardown keeps and says so.
SELECT count(*) AS steps FROM export_leads_setup() \gset
GRANT SELECT ON pg_authid TO export_leads_reader;
SELECT results_eq($$SELECT object, sql FROM export_leads_teardown() WHERE action = 'kept'$$,
                  $$VALUES ('export_leads_reader', 'DROP ROLE export_leads_reader')$$,
                  'teardown keeps a reader with other grants, and says so');
SELECT has_role('export_leads_reader', 'the reader with other grants is still there');
REVOKE SELECT ON pg_authid FROM export_leads_reader;

-- What is gone already is no obstacle.
SELECT count(*) AS steps FROM export_leads_setup() \gset
DROP TABLE call_log CASCADE;
SELECT lives_ok('SELECT * FROM export_leads_teardown()', 'teardown works where a table is gone');
SELECT is_empty('SELECT * FROM export_leads_configuration', 'teardown leaves no configuration where a table is gone');
SELECT hasnt_role('export_leads_reader', 'teardown drops the reader where a table is gone');

-- Dropping the extension does not leave tables that nobody can read.
ALTER TABLE leads DISABLE ROW LEVEL SECURITY;
DROP POLICY of_seven ON leads;
SELECT is((SELECT count(*) FROM pg_policies WHERE policyname LIKE 'export\_leads%'), 0::bigint,
          'no policy of export_leads is left after teardown');
SELECT lives_ok('DROP EXTENSION export_leads', 'the extension can be dropped after teardown');

SELECT finish();
ROLLBACK;

-- With odd identifiers, and the extension in a schema of its own, set-up, exports, the check and teardown quote all
-- names that need it.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(22);
SELECT test_expected_csv('7', 'new') AS expected \gset

CREATE SCHEMA "My ""Schema""";
GRANT USAGE ON SCHEMA "My ""Schema""" TO crm_app;
CREATE SCHEMA "An Extension";
CREATE EXTENSION export_leads SCHEMA "An Extension";
-- An application may export, or the check would say that none does.
SELECT count("An Extension".export_leads_allow('crm_app')) AS allowed \gset
SET search_path = "$user", public, "An Extension";
\i test/fixtures/catalogs.sql

ALTER TABLE leads SET SCHEMA "My ""Schema""";
ALTER TABLE "My ""Schema""".leads RENAME TO "Leads %s";
ALTER TABLE "My ""Schema"""."Leads %s" RENAME id TO "ID";
ALTER TABLE "My ""Schema"""."Leads %s" RENAME tenant_id TO "te""nant";
ALTER TABLE "My ""Schema"""."Leads %s" RENAME status TO "select";
ALTER TABLE "My ""Schema"""."Leads %s" RENAME name TO "it's; DROP TABLE leads; --";
ALTER TABLE "My ""Schema"""."Leads %s" RENAME notes TO "הערות";
ALTER TABLE "My ""Schema"""."Leads %s" RENAME created_at TO "$1";
ALTER TABLE call_log RENAME lead_id TO "lead.id";
ALTER TABLE call_log RENAME created_at TO "%n%s";
ALTER TABLE call_log RENAME call_status TO "a, b";
ALTER TABLE lead_statuses RENAME name TO "lead_statuses";

CREATE FUNCTION site_setup(dry_run boolean) RETURNS TABLE (action text, object text, detail text, sql text)
LANGUAGE sql AS $$
    SELECT * FROM export_leads_setup(
        leads => '"My ""Schema"""."Leads %s"', lead_id => 'ID', lead_tenant => 'te"nant', lead_status => 'select',
        full_name => $name$COALESCE(NULLIF(lead."it's; DROP TABLE leads; --", ''),
                     NULLIF(concat_ws(' ', NULLIF(first_name, ''), NULLIF(last_name, '')), ''), 'ללא שם')$name$,
        notes => 'הערות', lead_created_at => '$1', statuses => 'lead_statuses', status_name => 'lead_statuses',
        calls => 'call_log', call_lead_id => 'lead.id', call_created_at => '%n%s', call_status => 'a, b', dry_run => $1)
$$;
GRANT ALL ON call_log, lead_statuses, "My ""Schema"""."Leads %s" TO crm_app;
CREATE TEMP TABLE catalogs_before AS SELECT test_catalogs();
SELECT matches(test_error('SELECT * FROM export_leads_setup()'), '^55000: .*leads => ''...''',
               'set-up does not find tables with odd names by itself');
SELECT is_empty($$SELECT * FROM site_setup(true) WHERE action NOT IN ('found', 'would do')$$,
                'a dry run of set-up accepts odd names as arguments');
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_before', 'a dry run with odd names changes nothing');
SELECT is_empty($$SELECT * FROM site_setup(false) WHERE action NOT IN ('found', 'done')$$,
                'set-up with odd names does everything it said it would');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'the export from tables with odd names is right');
SELECT is(export_leads_csv('13', 'new'), test_expected_csv('13', 'new'),
          'the other tenant''s export from tables with odd names is right');
SELECT is_empty('SELECT * FROM export_leads_check()', 'export_leads_check() has no findings about odd names');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'],
                  'a second set-up without arguments keeps the odd names');
SET search_path = '';
SELECT "An Extension".export_leads_csv('7', 'new') AS file \gset
SET search_path = "$user", public, "An Extension";
SELECT is(:'file'::text, :'expected', 'an export runs with an empty search_path');
SELECT is(has_schema_privilege('export_leads_reader', 'An Extension', 'USAGE'), true,
          'the reader has USAGE on the extension''s schema');
SELECT is(has_schema_privilege('export_leads_reader', 'My "Schema"', 'USAGE'), true,
          'the reader has USAGE on the schema of the leads');

-- The remediations of export_leads_check() are SQL as they are printed.
CREATE FUNCTION test_remediation(breakage text, remediation text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE breakage;
    RETURN NEXT ok(remediation IN (SELECT c.remediation FROM export_leads_check() AS c),
                   'export_leads_check() prints the remediation ' || remediation);
    PERFORM test_mend();
    RETURN NEXT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
                   'the remediation ' || remediation || ' brings the file back');
END;
$$;
SELECT test_remediation($$REVOKE SELECT ("te""nant") ON "My ""Schema"""."Leads %s" FROM export_leads_reader$$,
                        $$GRANT SELECT ("te""nant") ON "My ""Schema"""."Leads %s" TO export_leads_reader;$$);
SELECT test_remediation($$REVOKE USAGE ON SCHEMA "My ""Schema""" FROM export_leads_reader$$,
                        $$GRANT USAGE ON SCHEMA "My ""Schema""" TO export_leads_reader;$$);
SELECT test_remediation($$REVOKE EXECUTE ON FUNCTION "An Extension".export_leads_tenant() FROM export_leads_reader$$,
                        $$GRANT EXECUTE ON FUNCTION "An Extension".export_leads_tenant() TO export_leads_reader;$$);
SELECT test_remediation($$ALTER TABLE "My ""Schema"""."Leads %s" DISABLE ROW LEVEL SECURITY$$,
                        $$SELECT * FROM "An Extension".export_leads_setup();$$);
SELECT is(test_error($$REVOKE SELECT ("a, b") ON call_log FROM export_leads_reader;
                    SELECT export_leads_csv('7', 'new')$$),
          '55000: role "export_leads_reader" has no SELECT on column "a, b" of table "public.call_log" '
          '("SELECT * FROM "An Extension".export_leads_check()" shows what is wrong and how to mend it.)',
          'the message of an export names an odd column as it is called');

-- Undone to the last privilege.
SELECT count(*) AS steps FROM export_leads_teardown() \gset
DROP FUNCTION test_remediation(text, text);
SELECT bag_eq('SELECT test_catalogs()', 'TABLE catalogs_before',
              'teardown undoes set-up with odd names to the last privilege');

-- Who renames the extension's schema need not set up again to export.
SELECT count(*) AS steps FROM site_setup(false) \gset
ALTER SCHEMA "An Extension" RENAME TO extensions;
SELECT is(extensions.export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
          'an export works after the extension''s schema was renamed');

SELECT finish();
ROLLBACK;

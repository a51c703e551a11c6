-- A column whose function reads as its owner is exported as it is. export_leads_check() warns of it, and either of the
-- two ways to mend it that the warning names does so.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(10);
CREATE EXTENSION export_leads;
-- A role may export, or export_leads_check() would report that none may.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE ROLE librarian BYPASSRLS;
GRANT SELECT ON leads TO librarian;
CREATE SCHEMA "the site";
GRANT USAGE ON SCHEMA "the site" TO PUBLIC;
CREATE FUNCTION "the site".notes_of(lead int) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS
    'SELECT min(l.notes) FROM public.leads AS l WHERE l.id % 100 = lead';
ALTER FUNCTION "the site".notes_of OWNER TO librarian;
SELECT export_leads_add_column('own', '"the site".notes_of(lead.id)') AS added \gset

SELECT is(export_leads_csv('7', 'vip', '{own}'), U&'\FEFFown\000D\000ASECRET13\000D\000A',
          'a column with a SECURITY DEFINER function shows what the owner of the function sees');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'a column with a SECURITY DEFINER function does not change the other columns');
SELECT is_empty('SELECT * FROM _export_leads_findings(ARRAY[''own''])',
                'a column with a SECURITY DEFINER function does not stop exports');
SELECT results_eq('SELECT level, detail, remediation FROM export_leads_check()',
                  $$VALUES ('warning',
                            'column "own" calls function "the site".notes_of(integer), which reads as its owner '
                            '"librarian" and may show other tenants'' rows: unless it is made SECURITY INVOKER',
                            'SELECT public.export_leads_remove_column(''own'');')$$,
                  'the warning names the column, the function and its owner, and two ways to mend it');

SAVEPOINT warned;
SELECT lives_ok((SELECT remediation FROM export_leads_check()),
                'the remediation, which removes the column, runs as it is printed');
SELECT is_empty('SELECT * FROM export_leads_check()',
                'export_leads_check() reports nothing when the column is removed');
ROLLBACK TO warned;
ALTER FUNCTION "the site".notes_of SECURITY INVOKER;
SELECT results_eq('SELECT name FROM export_leads_check()', ARRAY['column_changed'],
                  'export_leads_check() reports only that the function made SECURITY INVOKER has changed');
SELECT lives_ok((SELECT remediation FROM export_leads_check()),
                'the remediation of the changed function, which adds the column again, runs as it is printed');
SELECT is_empty('SELECT * FROM export_leads_check()',
                'export_leads_check() reports nothing when the column is added again');
SELECT is(export_leads_csv('7', 'vip', '{own}'), U&'\FEFFown\000D\000Alower\000D\000A',
          'the column with the SECURITY INVOKER function shows no row of another tenant');

SELECT finish();
ROLLBACK;

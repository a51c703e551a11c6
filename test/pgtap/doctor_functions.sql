-- A column whose function reads as its owner: it is exported as it is, the doctor warns of it, and either of the two ways
-- he names mends it.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(10);
CREATE EXTENSION export_leads;
-- An application may export, or the doctor would say that none does.
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

SELECT is(export_leads_csv('7', 'vip', '{own}'), U&'\FEFFown\000D\000ASECRET13\000D\000A', 'such a column shows what the function''s owner sees');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'exports of other columns are what they are');
SELECT is_empty('SELECT * FROM _export_leads_findings(ARRAY[''own''])', 'it stops no export');
SELECT results_eq('SELECT level, detail, remediation FROM export_leads_check()',
                  $$VALUES ('warning', 'column "own" calls function "the site".notes_of(integer), which reads as its owner "librarian" and may show '
                                       'other tenants'' rows: unless it is made SECURITY INVOKER',
                            'SELECT public.export_leads_remove_column(''own'');')$$,
                  'the doctor names the column, the function and its owner, and two ways to mend it');

SAVEPOINT ill;
SELECT lives_ok((SELECT remediation FROM export_leads_check()), 'the first one runs as it is printed');
SELECT is_empty('SELECT * FROM export_leads_check()', 'and mends it');
ROLLBACK TO ill;
ALTER FUNCTION "the site".notes_of SECURITY INVOKER;
SELECT results_eq('SELECT name FROM export_leads_check()', ARRAY['column_changed'], 'the second one changes what the column is');
SELECT lives_ok((SELECT remediation FROM export_leads_check()), 'which is added again');
SELECT is_empty('SELECT * FROM export_leads_check()', 'and so mended');
SELECT is(export_leads_csv('7', 'vip', '{own}'), U&'\FEFFown\000D\000Alower\000D\000A', 'which keeps the column, but not the other tenant''s rows');

SELECT finish();
ROLLBACK;

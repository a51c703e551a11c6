-- A caller's search_path, operators, functions, temporary tables and settings mean nothing to an export or to set-up,
-- and set-up refuses ambiguous or unfit tables and columns with the call that decides.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(57);
CREATE EXTENSION export_leads;
-- An application may export, or the check would say that none does.
SELECT count(export_leads_allow('crm_app')) AS allowed \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

-- Set-up under a search_path that holds an "=" of its own, and functions of the names it uses.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.always(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR hostile.= (LEFTARG = int, RIGHTARG = int, FUNCTION = hostile.always);
CREATE FUNCTION hostile.always(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.always);
CREATE FUNCTION hostile.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$SELECT 'DROP TABLE public.leads'$$;
CREATE FUNCTION hostile.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'hidden'$$;
CREATE FUNCTION hostile.export_leads_tenant() RETURNS text LANGUAGE sql AS $$SELECT '13'$$;
CREATE FUNCTION hostile.concat_ws(text, text, text) RETURNS text LANGUAGE sql AS $$SELECT 'hostile'$$;
CREATE DOMAIN hostile.int4 AS text;
CREATE TABLE hostile.pg_class (LIKE pg_catalog.pg_class);
CREATE TABLE hostile.pg_policy (LIKE pg_catalog.pg_policy);
GRANT USAGE ON SCHEMA hostile TO PUBLIC;
SET search_path = hostile, pg_catalog, public;
SELECT count(*) AS steps FROM public.export_leads_setup() \gset
SELECT public.export_leads_csv('7', 'new') AS hostile_file, count(*) AS hostile_findings
FROM public.export_leads_check() \gset
RESET search_path;
SELECT is((SELECT array_agg(DISTINCT qual) FROM pg_policies
           WHERE policyname IN ('export_leads_only_tenant', 'export_leads_tenant_rows')),
          ARRAY['(business_id = ( SELECT (export_leads_tenant())::integer AS export_leads_tenant))',
                '(tenant_id = ( SELECT (export_leads_tenant())::integer AS export_leads_tenant))'],
          'the policies that set-up made under a hostile search_path hold pg_catalog''s operators');
SELECT is((SELECT count(*) FROM pg_depend AS d
           JOIN pg_operator AS o ON d.refclassid = 'pg_operator'::regclass AND d.refobjid = o.oid
           WHERE d.classid = 'pg_policy'::regclass), 0::bigint,
          'no policy that set-up made under a hostile search_path depends on an operator of the site''s');
SELECT is(:'hostile_file'::text, :'expected', 'an export under a hostile search_path is right');
SELECT is(:'hostile_findings'::text, '0', 'export_leads_check() under a hostile search_path has no findings');
SELECT is(export_leads_csv('7', 'new'), :'expected',
          'an export is right without the search_path that set-up ran under');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'],
                  'set-up without the hostile search_path would change nothing');

-- Temporary tables, functions and operators of the same names.
CREATE TEMP TABLE leads AS SELECT * FROM public.leads WHERE tenant_id = 13;
UPDATE leads SET tenant_id = 7;
CREATE TEMP TABLE lead_statuses AS SELECT * FROM public.lead_statuses WHERE business_id = 13;
UPDATE lead_statuses SET business_id = 7;
CREATE TEMP TABLE call_log AS SELECT * FROM public.call_log WHERE business_id = 13;
CREATE TEMP TABLE export_leads_configuration AS SELECT * FROM public.export_leads_configuration;
UPDATE pg_temp.export_leads_configuration SET leads = 'pg_temp.leads', statuses = 'pg_temp.lead_statuses',
    calls = 'pg_temp.call_log';
GRANT SELECT ON pg_temp.leads, pg_temp.lead_statuses, pg_temp.call_log TO PUBLIC;
CREATE FUNCTION pg_temp.export_leads_tenant() RETURNS text LANGUAGE sql AS $$SELECT '13'$$;
CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS $$SELECT 'hidden'$$;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export ignores temporary tables of the same names');
SET search_path = pg_temp, public;
SELECT public.export_leads_csv('7', 'new') AS file, (SELECT count(*) FROM public.export_leads_check()) AS findings \gset
RESET search_path;
SELECT is(:'file'::text, :'expected',
          'an export ignores temporary tables where pg_temp comes first in the search_path');
SELECT is(:'findings'::text, '0', 'export_leads_check() ignores temporary tables where pg_temp comes first');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'],
                  'set-up ignores temporary tables of the same names');
DROP TABLE pg_temp.leads, pg_temp.lead_statuses, pg_temp.call_log, pg_temp.export_leads_configuration;
DROP FUNCTION pg_temp.export_leads_tenant();
SET search_path = '';
SELECT public.export_leads_csv('7', 'new') AS file \gset
RESET search_path;
SELECT is(:'file'::text, :'expected', 'an empty search_path is enough for an export');

-- Settings that change how names are written or read.
SET quote_all_identifiers = on;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export is right under quote_all_identifiers');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'],
                  'set-up has nothing to change under quote_all_identifiers');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
SELECT count(*) AS steps FROM export_leads_setup() \gset
RESET quote_all_identifiers;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export is right after a set-up under quote_all_identifiers');
SET transform_null_equals = on;
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET backslash_quote = on;
SET array_nulls = off;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'an export is right under each setting of the parser');
RESET ALL;
SELECT count(*) AS steps FROM export_leads_teardown() \gset

-- More than one table or column by the name: the error holds the call that decides.
CREATE FUNCTION test_undecided(choice text, setup_call text DEFAULT 'export_leads_setup()',
                               what text DEFAULT 'where the leads are')
RETURNS text
LANGUAGE sql
AS $$
    SELECT is(test_error('SELECT * FROM ' || setup_call),
              format('55000: export_leads_setup() cannot decide %s (Decide it: '
                     'SELECT * FROM public.export_leads_setup(%s);)',
                     what, choice),
              'the hint of ambiguous names holds the decision ' || choice)
$$;
CREATE SCHEMA archive;
CREATE TABLE archive.leads (LIKE public.leads);
SELECT test_undecided($$leads => '...'$$);
SELECT lives_ok($$SELECT * FROM export_leads_setup(leads => 'public.leads')$$,
                'set-up goes on where the schema of the leads is named');
SELECT is((SELECT calls FROM export_leads_configuration), 'call_log'::regclass,
          'set-up takes the calls from the schema of the leads that were named');
SELECT lives_ok('SELECT * FROM export_leads_setup()', 'a second set-up keeps the leads that were named');
SELECT count(*) AS steps FROM export_leads_teardown() \gset
DROP TABLE archive.leads;
CREATE TABLE call_logs (LIKE call_log);
SELECT test_undecided($$calls => '...'$$, what => 'where the calls of the leads are');
DROP TABLE call_logs;
CREATE TABLE archive.lead_statuses (LIKE public.lead_statuses);
SELECT lives_ok('SELECT * FROM export_leads_setup(dry_run => true)',
                'a table of another schema than the leads'' is no candidate');
DROP TABLE archive.lead_statuses;
ALTER TABLE leads ADD business_id int;
SELECT test_undecided($$lead_tenant => '...'$$, what => 'which columns to read');
ALTER TABLE call_log ADD tenant_id int;
SELECT test_undecided($$call_tenant => '...', lead_tenant => '...'$$, what => 'which columns to read');
SELECT lives_ok($$SELECT * FROM export_leads_setup(call_tenant => 'business_id',
                                                   lead_tenant => 'tenant_id', dry_run => true)$$,
                'set-up goes on where the tenant columns are named');
ALTER TABLE leads DROP business_id;
ALTER TABLE call_log DROP tenant_id;
ALTER TABLE leads RENAME status TO stage;
SELECT test_undecided($$lead_status => '...'$$, what => 'which columns to read');
ALTER TABLE leads RENAME stage TO status;
ALTER TABLE leads RENAME TO prospects;
SELECT test_undecided($$leads => '...'$$);
ALTER TABLE prospects RENAME TO leads;

-- What cannot hold leads, or tell tenants apart, is refused with a reason.
CREATE VIEW a_view AS SELECT * FROM leads;
CREATE MATERIALIZED VIEW a_materialized_view AS SELECT * FROM leads;
CREATE TEMP TABLE a_temporary_table AS SELECT * FROM leads;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE a_foreign_table (id int, tenant_id int, status text, created_at timestamp) SERVER nowhere;
SELECT matches(test_error(format('SELECT * FROM export_leads_setup(%s => %L)', part, relation)),
               format('^42809: "[a-z0-9_.]+" cannot hold the %s \(Name the table behind it', part),
               format('%s cannot hold the %s', relation, part))
FROM unnest(ARRAY['leads', 'statuses', 'calls']) AS part,
     unnest(ARRAY['a_view', 'a_materialized_view', 'a_temporary_table', 'a_foreign_table', 'leads_pkey',
                  'lead_statuses_id_seq']) AS relation;
DROP VIEW a_view, test_leads;
DROP MATERIALIZED VIEW a_materialized_view;

CREATE EXTENSION citext;
CREATE COLLATION resembling (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
CREATE DOMAIN tenant_name AS citext;
SELECT lives_ok(format('ALTER TABLE leads ALTER tenant_id TYPE %s USING tenant_id::text', type),
                format('a tenant column can be made %s', type))
    || E'\n' ||
       is(test_error('SELECT * FROM export_leads_setup()'),
          '42804: the type of column "tenant_id" of table "public.leads" cannot tell tenants apart '
          '(Name another column: SELECT * FROM public.export_leads_setup(lead_tenant => ''...'');)',
          format('set-up refuses a tenant column of type %s', type))
FROM unnest(ARRAY['citext', 'character(4)', 'text COLLATE resembling', 'tenant_name', 'name',
                  'bytea USING tenant_id::text::bytea --']) AS type;
ALTER TABLE leads ALTER tenant_id TYPE int USING 7;
ALTER TABLE leads ALTER created_at TYPE date;
SELECT is(test_error('SELECT * FROM export_leads_setup()'),
          '42804: column "created_at" of table "public.leads" is not a timestamp '
          '(Name another column: SELECT * FROM public.export_leads_setup(lead_created_at => ''...'');)',
          'set-up refuses a creation time of type date');

SELECT finish();
ROLLBACK;

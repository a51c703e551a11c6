-- A column of the site's own, and a given full_name, keep the meaning that they had when they were added: exports with
-- one stop when a function that it calls has been replaced, or when another function fits its call better.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(27);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE SCHEMA site;
GRANT USAGE ON SCHEMA site TO PUBLIC;
CREATE FUNCTION site.shown(bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'lead ' || $1$$;
CREATE FUNCTION site.shown_twice(bigint) RETURNS text IMMUTABLE LANGUAGE sql
BEGIN ATOMIC SELECT site.shown($1) || site.shown($1); END;
CREATE FUNCTION site.plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT $1$$;

CREATE FUNCTION test_export() RETURNS text LANGUAGE sql AS
$$SELECT test_error($sql$SELECT export_leads_csv('7', 'new', '{lead_id, full_name, own}')$sql$)$$;
-- What becomes of a column when something that it calls changes. `what` says which change.
CREATE FUNCTION test_change(expression text, change text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    finding record;
BEGIN
    PERFORM export_leads_add_column('own', expression, 'Own, "header"');
    RETURN NEXT is(test_export(), 'no error', 'exports with the column run before ' || what);
    EXECUTE change;
    RETURN NEXT matches(test_export(), '^55000: a function that column "own" calls has changed',
                        'exports with the column stop when ' || what);
    RETURN NEXT is(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$), 'no error',
                   'exports without the column run when ' || what);
    SELECT * INTO STRICT finding FROM export_leads_check() AS c WHERE c.level = 'error';
    RETURN NEXT is(finding.name, 'column_changed', 'export_leads_check() reports the column when ' || what);
    EXECUTE finding.remediation;
    RETURN NEXT is(test_export(), 'no error', 'the remediation adds the column again after ' || what);
    PERFORM export_leads_remove_column('own');
END;
$$;
SELECT test_change('site.shown(lead.id)',
                   $$CREATE OR REPLACE FUNCTION site.shown(bigint) RETURNS text
                     IMMUTABLE LANGUAGE sql AS 'SELECT ''x'''$$,
                   'its function is replaced');
SELECT test_change('site.shown_twice(lead.id)',
                   $$CREATE OR REPLACE FUNCTION site.shown(bigint) RETURNS text
                     IMMUTABLE LANGUAGE sql AS 'SELECT ''y'''$$,
                   'a function that its function calls is replaced');
SELECT test_change('site.shown(lead.id)',
                   $$CREATE FUNCTION site.shown(int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''better'''$$,
                   'a function that fits better is created');
SELECT test_change('(SELECT max(site.plain(c.call_status)) FROM public.call_log AS c WHERE c.lead_id = lead.id)',
                   $$CREATE OR REPLACE FUNCTION site.plain(text) RETURNS text
                     IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)'$$,
                   'a function in its subquery is replaced');

-- The name of a lead is in every file of the standard columns.
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'site.plain(lead.first_name)') \gset
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error',
          'exports run with a given full_name that calls a function');
CREATE OR REPLACE FUNCTION site.plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'nobody'$$;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: a function that column "full_name" calls has changed',
               'exports stop when the function of a given full_name is replaced');
SELECT is((SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend'), 1::bigint,
          'set-up without arguments does not accept the replaced function of full_name');
SELECT results_eq($$SELECT name, level, object FROM export_leads_check() WHERE level = 'error'$$,
                  $$VALUES ('column_changed', 'error', 'column full_name')$$,
                  'export_leads_check() reports that the function of full_name has changed');
SELECT lives_ok(remediation, 'the remediation of the changed full_name runs')
FROM export_leads_check() WHERE level = 'error';
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error',
          'exports run again after the remediation of the changed full_name');

-- How a default prints does not make a function another one.
CREATE FUNCTION site.since(timestamp, since timestamptz DEFAULT '2000-01-02 00:00+00') RETURNS text
STABLE LANGUAGE sql AS $$SELECT ($1 > $2)::text$$;
SET LOCAL DateStyle = 'German';
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT export_leads_add_column('own', 'site.since(lead.created_at)');
SET LOCAL DateStyle = 'ISO';
SET LOCAL TimeZone = 'America/New_York';
SELECT is(test_export(), 'no error',
          'a function with a literal time as a default counts as unchanged where times print otherwise');

SELECT finish();
ROLLBACK;

-- A column of the site's own, and a given full_name, hold what they held when they were decided: a function that one
-- calls and that has been replaced since, or another that fits better, is an error that says what to do.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(27);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE SCHEMA site;
GRANT USAGE ON SCHEMA site TO PUBLIC;
CREATE FUNCTION site.shown(bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'lead ' || $1$$;
CREATE FUNCTION site.shown_twice(bigint) RETURNS text IMMUTABLE LANGUAGE sql BEGIN ATOMIC SELECT site.shown($1) || site.shown($1); END;
CREATE FUNCTION site.plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT $1$$;

CREATE FUNCTION test_export() RETURNS text LANGUAGE sql AS
$$SELECT test_error($sql$SELECT export_leads_csv('7', 'new', '{lead_id, full_name, own}')$sql$)$$;
-- What becomes of a column when something that it calls changes.
CREATE FUNCTION test_change(expression text, change text, what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    finding record;
BEGIN
    PERFORM export_leads_add_column('own', expression, 'Own, "header"');
    RETURN NEXT is(test_export(), 'no error', what || ': exports run before');
    EXECUTE change;
    RETURN NEXT matches(test_export(), '^55000: a function that column "own" calls has changed', what || ': exports with it stop');
    RETURN NEXT is(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$), 'no error', what || ': others run');
    SELECT * INTO STRICT finding FROM export_leads_check() AS c WHERE c.level = 'error';
    RETURN NEXT is(finding.name, 'column_changed', what || ': the doctor says so');
    EXECUTE finding.remediation;
    RETURN NEXT is(test_export(), 'no error', what || ': his remediation adds it again');
    PERFORM export_leads_remove_column('own');
END;
$$;
SELECT test_change('site.shown(lead.id)',
                   $$CREATE OR REPLACE FUNCTION site.shown(bigint) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''x'''$$,
                   'its function is replaced');
SELECT test_change('site.shown_twice(lead.id)',
                   $$CREATE OR REPLACE FUNCTION site.shown(bigint) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''y'''$$,
                   'a function that its function calls is replaced');
SELECT test_change('site.shown(lead.id)',
                   $$CREATE FUNCTION site.shown(int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''better'''$$,
                   'a function is made that fits better');
SELECT test_change('(SELECT max(site.plain(c.call_status)) FROM public.call_log AS c WHERE c.lead_id = lead.id)',
                   $$CREATE OR REPLACE FUNCTION site.plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT upper($1)'$$,
                   'a function in its subquery is replaced');

-- The name of a lead is in every file.
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'site.plain(lead.first_name)') \gset
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error', 'full_name may call a function');
CREATE OR REPLACE FUNCTION site.plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'nobody'$$;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$), '^55000: a function that column "full_name" calls has changed',
               'when it is replaced exports stop');
SELECT is((SELECT count(*) FROM export_leads_setup() WHERE action = 'to mend'), 1::bigint,
          'set-up alone changes nothing of that');
SELECT results_eq($$SELECT name, level, object FROM export_leads_check() WHERE level = 'error'$$,
                  $$VALUES ('column_changed', 'error', 'column full_name')$$, 'the doctor says so');
SELECT lives_ok(remediation, 'his remediation runs') FROM export_leads_check() WHERE level = 'error';
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), 'no error', 'and exports run again');

-- How a default prints does not make a function another one.
CREATE FUNCTION site.since(timestamp, since timestamptz DEFAULT '2000-01-02 00:00+00') RETURNS text STABLE LANGUAGE sql AS $$SELECT ($1 > $2)::text$$;
SET LOCAL DateStyle = 'German';
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT export_leads_add_column('own', 'site.since(lead.created_at)');
SET LOCAL DateStyle = 'ISO';
SET LOCAL TimeZone = 'America/New_York';
SELECT is(test_export(), 'no error',
          'a function with a date as its default is known again where dates print otherwise');

SELECT finish();
ROLLBACK;

-- A column means in the file what it meant where it was added: an expression whose literals the session's settings read
-- in another way than an export does is refused.

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

CREATE FUNCTION test_added(setting text, value text, expression text, OUT error text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config(setting, value, true);
    error := left(test_error(format('SELECT export_leads_add_column(''own'', %L)', expression)), 5);
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE cases (error text, setting text, value text, expression text);
INSERT INTO cases VALUES
    ('22023', 'DateStyle', 'ISO, MDY', '''02/03/04''::date'),
    ('22023', 'DateStyle', 'ISO, DMY', '''02/03/04''::date'),
    ('22008', 'DateStyle', 'ISO, DMY', '''23/12/2025''::date'),
    ('22023', 'DateStyle', 'ISO, MDY', 'CASE WHEN lead.created_at < ''02/03/04'' THEN lead.notes END'),
    ('22023', 'DateStyle', 'ISO, MDY',
         '(SELECT max(c.created_at) FROM public.call_log AS c WHERE c.created_at < ''02/03/04'')'),
    ('22023', 'IntervalStyle', 'sql_standard', '''-1 2:03:04''::interval'),
    ('22023', 'transform_null_equals', 'on', 'lead.notes = NULL'),
    ('22023', 'array_nulls', 'off', '''{NULL}''::text[]'),
    ('22023', 'standard_conforming_strings', 'off', $$'a\\b'$$),
    ('22023', 'TimeZone', 'UTC', '''2004-02-03 10:00''::timestamptz'),
    ('22023', 'TimeZone', 'Asia/Jerusalem', 'lead.created_at < timestamptz ''2004-02-03'''),
    ('22023', 'TimeZone', 'UTC', '''today''::date'),
    ('22023', 'TimeZone', 'UTC', '''now''::timestamp'),
    ('22023', 'TimeZone', 'UTC', '''10:00''::timetz'),
    ('no er', 'DateStyle', 'ISO, MDY', '''2004-02-03''::date'),
    ('no er', 'DateStyle', 'SQL, DMY', 'lead.created_at < ''2004-02-03 10:00'''),
    ('no er', 'TimeZone', 'Asia/Jerusalem', '''2004-02-03 10:00+02''::timestamptz'),
    ('no er', 'TimeZone', 'Asia/Jerusalem', 'now() - lead.created_at'),
    ('no er', 'TimeZone', 'Asia/Jerusalem', 'current_date - lead.created_at::date'),
    ('no er', 'standard_conforming_strings', 'off', '''plain'''),
    ('no er', 'search_path', 'public, pg_catalog', 'upper(lead.notes)');
SELECT plan((SELECT count(*) FROM cases)::int + 6);
SELECT is(test_added(setting, value, expression), error,
          format('with %s = %s the column %s is %s', setting, value, expression,
                 CASE error WHEN 'no er' THEN 'added' ELSE 'refused' END))
FROM cases;

SET DateStyle = 'ISO, MDY';
SELECT is(test_error($$SELECT export_leads_add_column('own', '''02/03/04''::date')$$),
          '22023: the expression means one thing in this session and another in exports (Write what depends on no '
          'setting: dates as 2004-02-03, times with their offset, as 2004-02-03 10:00+02, and now() or current_date '
          'for the present.)', 'the hint of an expression with two meanings says how to write it');
SELECT matches(test_error($$SELECT * FROM export_leads_setup(full_name => '''02/03/04''::date::text')$$),
    '^22023: the expression means one thing',
               'set-up refuses a full_name with two meanings');
SELECT matches(test_error($$SELECT * FROM export_leads_setup(
                              full_name => '''02/03/04''::date::text', dry_run => true)$$),
               '^22023: the expression means one thing', 'a dry run of set-up refuses a full_name with two meanings');
SELECT lives_ok($$SELECT * FROM export_leads_setup(full_name => '''2004-02-03''::date::text')$$,
    'set-up accepts a full_name with a literal of one meaning');
SELECT lives_ok($$SELECT * FROM export_leads_setup()$$, 'set-up accepts expressions that are there already');
SELECT is(current_setting('DateStyle'), 'ISO, MDY',
          'the comparison of meanings leaves the session''s settings as they were');
SELECT finish();
ROLLBACK;

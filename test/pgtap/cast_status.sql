-- Which leads have a status is not for whoever owns the cast of its type to text to say.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(3);
DROP VIEW test_leads, test_calls CASCADE;
CREATE TYPE mood AS ENUM ('new', 'VIP', 'vip', 'hidden', 'closed');
ALTER TABLE leads ALTER status DROP DEFAULT, ALTER status TYPE mood USING status::mood;
CREATE FUNCTION mood_text(mood) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
$$BEGIN RETURN enum_out($1)::text; END$$;
CREATE CAST (mood AS text) WITH FUNCTION mood_text(mood);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(lead_count, 10::bigint, 'the status may be of a type with a cast of a superuser''s')
FROM export_leads_file('7', 'new');
ALTER FUNCTION mood_text OWNER TO crm_app;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: leads are found by function public.mood_text\(public.mood\), which may be replaced',
               'but not with one of the tables'' owner, who could change which leads are found');
SELECT results_eq('SELECT name, level, object FROM export_leads_check() WHERE level = ''error''',
                  $$VALUES ('cast_foreign', 'error', 'public.mood_text(public.mood)')$$, 'the check says so');

SELECT finish();
ROLLBACK;

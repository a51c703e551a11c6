-- Which leads have a status is not for whoever owns a cast of its type to text to say: leads are found by the type's
-- own values, and a status's name that somebody could replace stops exports.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(4);
DROP VIEW test_leads, test_calls, test_statuses CASCADE;
CREATE TYPE mood AS ENUM ('new', 'VIP', 'vip', 'hidden', 'closed', 'Mixed');
ALTER TABLE leads ALTER status DROP DEFAULT, ALTER status TYPE mood USING status::mood;
CREATE FUNCTION mood_text(mood) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
$$BEGIN RETURN 'hidden'; END$$;
ALTER FUNCTION mood_text OWNER TO crm_app;
CREATE CAST (mood AS text) WITH FUNCTION mood_text(mood);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT is(lead_count, 10::bigint, 'a cast of the leads'' status to text hides no lead')
FROM export_leads_file('7', 'new');
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level <> 'info'$$, 'and the check has nothing to say of it');
ALTER TABLE lead_statuses ALTER name TYPE mood USING name::mood;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: leads are found by function public.mood_text\(public.mood\), which may be replaced',
               'nor may one say which status is found');
SELECT results_eq('SELECT name, level, object FROM export_leads_check() WHERE level = ''error''',
                  $$VALUES ('cast_foreign', 'error', 'public.mood_text(public.mood)')$$, 'the check says so');

SELECT finish();
ROLLBACK;

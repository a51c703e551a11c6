-- Whoever owns a cast of the status's type to text does not decide which leads have a status: leads are found by the
-- type's own values, and exports stop where the name of a status comes from a cast that its owner may replace.

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
SELECT is_empty($$SELECT * FROM export_leads_check() WHERE level <> 'info'$$,
                'export_leads_check() does not report a cast of the leads'' status to text');
ALTER TABLE lead_statuses ALTER name TYPE mood USING name::mood;
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: leads are found by function public.mood_text\(public.mood\), which may be replaced',
               'exports stop where a cast of the statuses'' name to text decides which status is found');
SELECT results_eq('SELECT name, level, object FROM export_leads_check() WHERE level = ''error''',
                  $$VALUES ('cast_foreign', 'error', 'public.mood_text(public.mood)')$$,
                  'export_leads_check() reports the cast of the statuses'' name to text');

SELECT finish();
ROLLBACK;

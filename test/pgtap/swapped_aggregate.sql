-- An accepted policy has changed where the functions of an aggregate that it calls have swapped their roles, although
-- the aggregate depends on the same functions.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(2);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE SCHEMA site;
GRANT USAGE ON SCHEMA site TO PUBLIC;
CREATE FUNCTION site.keep(boolean, boolean) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$SELECT true$$;
CREATE FUNCTION site.hide(boolean, boolean) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$SELECT false$$;
CREATE AGGREGATE site.verdict(boolean)
(SFUNC = site.keep, STYPE = boolean, COMBINEFUNC = site.hide, INITCOND = 'true');
CREATE POLICY live ON leads AS RESTRICTIVE USING ((SELECT site.verdict(s.name IS NOT NULL) FROM lead_statuses AS s));
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{live}') \gset
SELECT is(lead_count, 10::bigint, 'an accepted policy may call an aggregate') FROM export_leads_file('7', 'new');
CREATE OR REPLACE AGGREGATE site.verdict(boolean)
(SFUNC = site.hide, STYPE = boolean, COMBINEFUNC = site.keep, INITCOND = 'true');
SELECT matches(test_error($$SELECT export_leads_csv('7', 'new')$$),
               '^55000: restrictive policy "live" on table "public.leads" has changed',
               'an export is refused where the functions of an accepted policy''s aggregate have swapped roles');

SELECT finish();
ROLLBACK;

-- A policy whose condition depends on the session by way of a default of a function, or of XML that prints a
-- timestamptz, is not taken for immutable.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(3);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE SCHEMA site;
GRANT USAGE ON SCHEMA site TO PUBLIC;
CREATE FUNCTION site.is_due(notes text, mode text DEFAULT current_setting('test.mode')) RETURNS boolean
IMMUTABLE LANGUAGE sql RETURN mode <> 'hide';
SET LOCAL test.mode = 'show';
CREATE POLICY live ON leads AS RESTRICTIVE USING (site.is_due(notes));
SELECT test_error($$SELECT * FROM export_leads_setup(accepted_policies => '{live}')$$) AS error \gset
SELECT matches(:'error'::text, '^22023: policy "live" on table "public.leads" may hide other rows',
               'a policy whose function has a default that the session decides is not taken for immutable');
SET LOCAL test.mode = 'hide';
SELECT isnt(test_error($$SELECT 1 / lead_count FROM export_leads_file('7', 'new')$$), '22012: division by zero',
            'no setting of the session makes a file short by way of a default of a function');

ALTER TABLE leads ADD seen timestamptz DEFAULT '2025-01-01 00:30+00';
ALTER POLICY live ON leads USING (xmlserialize(CONTENT xmlelement(NAME seen, seen) AS text) LIKE '%2025%');
SELECT matches(test_error($$SELECT * FROM export_leads_setup(accepted_policies => '{live}')$$),
               '^22023: policy "live" on table "public.leads" may hide other rows',
               'a policy that prints a timestamptz as XML is not taken for immutable');

SELECT finish();
ROLLBACK;

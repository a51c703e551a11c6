-- Set-up adopts what an earlier set-up made when the extension was dropped with CASCADE or its configuration was lost
-- (by a dump of the schema alone, say). Teardown then removes all of it and nothing of the site's.

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
CREATE ROLE reporting;
GRANT SELECT ON leads, lead_statuses, call_log TO reporting;
CREATE EXTENSION export_leads;
\i test/fixtures/catalogs.sql

-- How what set-up knows is lost.
CREATE TEMP TABLE losses (loss text, sql text);
INSERT INTO losses VALUES
    ('DROP EXTENSION CASCADE', 'DROP EXTENSION export_leads CASCADE; CREATE EXTENSION export_leads'),
    ('a lost configuration', 'DELETE FROM export_leads_configuration'),
    ('neither', 'SELECT');
-- Prepares the tables, sets up, loses that, and returns how the catalogs after teardown differ from those before.
CREATE FUNCTION test_left(site text, loss text, again text DEFAULT 'SELECT FROM export_leads_setup()',
                          meanwhile text DEFAULT 'SELECT')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text[];
    here text;
BEGIN
    EXECUTE site;
    before := ARRAY(SELECT c FROM test_catalogs() AS c WHERE c !~ 'pg_toast');
    PERFORM FROM export_leads_setup();
    EXECUTE meanwhile;
    EXECUTE (SELECT l.sql FROM losses AS l WHERE l.loss = test_left.loss);
    EXECUTE again;
    PERFORM FROM export_leads_teardown();
    SELECT COALESCE(string_agg(c, E'\n' ORDER BY c), 'nothing') INTO here
    FROM (SELECT '- ' || b AS c FROM unnest(before) AS b WHERE b NOT IN (SELECT test_catalogs())
          UNION ALL
          SELECT '+ ' || t FROM test_catalogs() AS t WHERE t <> ALL (before) AND t !~ 'pg_toast') AS changes;
    RAISE EXCEPTION USING ERRCODE = 'P0100', MESSAGE = here;
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN SQLERRM;
END;
$$;

CREATE TEMP TABLE fresh AS SELECT test_catalogs();

SELECT plan(20);
SELECT is(test_left('SELECT', loss), 'nothing', 'set-up and teardown after the loss leave nothing behind: ' || loss)
FROM losses;
SELECT is(test_left('SELECT', loss, 'SELECT'), 'nothing',
          'teardown alone after the loss leaves nothing behind: ' || loss)
FROM losses;
SELECT is(test_left('ALTER TABLE leads ENABLE ROW LEVEL SECURITY', loss), 'nothing',
          'teardown after the loss leaves the row security that the site had enabled: ' || loss)
FROM losses;
SELECT is(test_left('ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY own ON leads TO reporting USING (true)', loss),
          'nothing', 'teardown after the loss leaves row security with the site''s own policy: ' || loss)
FROM losses;
-- A policy that is named like one of ours, but is not what set-up makes.
SELECT is(test_left('ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY export_leads_others ON leads USING (tenant_id = 7) WITH CHECK (true)', loss),
          'nothing', 'teardown after the loss leaves a site''s policy that is named like one of ours: ' || loss)
FROM losses;
-- Row security that the site has come to use since.
SELECT matches(test_left('SELECT', loss,
                         meanwhile => 'CREATE POLICY later ON leads TO reporting USING (tenant_id = 7)'),
               '\+ policy .*export_leads_others.*\n\+ policy .*later.*\n.*leads: owner crm_app, row security t',
               'teardown after the loss keeps what a policy made since depends on: ' || loss)
FROM losses;
SELECT bag_eq('SELECT test_catalogs()', 'TABLE fresh', 'the cases above left the catalogs as they were');

-- Nothing to do, but something to mend.
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE POLICY hides ON leads AS RESTRICTIVE USING (notes IS NOT NULL);
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['to mend'],
                  'set-up reports only what is to be mended, and not "unchanged", where something is to be mended');
SELECT finish();
ROLLBACK;

-- Set-up that finds what an earlier one made, after the extension was dropped with CASCADE or its configuration was
-- lost (a dump of the schema alone, say), takes it for its own: teardown leaves nothing behind, and nothing of the
-- site's goes.

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
CREATE ROLE reporting;
GRANT SELECT ON leads, lead_statuses, call_log TO reporting;
CREATE EXTENSION export_leads;
\i test/fixtures/catalogs.sql

-- How it is lost.
CREATE TEMP TABLE losses (loss text, sql text);
INSERT INTO losses VALUES
    ('DROP EXTENSION CASCADE', 'DROP EXTENSION export_leads CASCADE; CREATE EXTENSION export_leads'),
    ('a lost configuration', 'DELETE FROM export_leads_configuration'),
    ('neither', 'SELECT');
-- Prepares the tables, sets up, loses that, and gives what is other than before after teardown.
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
SELECT is(test_left('SELECT', loss), 'nothing', loss || ', and set-up again') FROM losses;
SELECT is(test_left('SELECT', loss, 'SELECT'), 'nothing', loss || ', and teardown alone') FROM losses;
SELECT is(test_left('ALTER TABLE leads ENABLE ROW LEVEL SECURITY', loss), 'nothing',
          loss || ': row security that the site had stays')
FROM losses;
SELECT is(test_left('ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY own ON leads TO reporting USING (true)', loss),
          'nothing', loss || ': with its policies')
FROM losses;
-- Named like ours, but not what set-up makes.
SELECT is(test_left('ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
                     CREATE POLICY export_leads_others ON leads USING (tenant_id = 7) WITH CHECK (true)', loss),
          'nothing', loss || ': a policy of the site''s that is named like one of ours')
FROM losses;
-- Row security that the site has come to use.
SELECT matches(test_left('SELECT', loss,
                         meanwhile => 'CREATE POLICY later ON leads TO reporting USING (tenant_id = 7)'),
               '\+ policy .*export_leads_others.*\n\+ policy .*later.*\n.*leads: owner crm_app, row security t',
               loss || ': policies made since keep it, and others'' access')
FROM losses;
SELECT bag_eq('SELECT test_catalogs()', 'TABLE fresh', 'no test left anything');

-- Nothing to undo, and what must be mended.
SELECT count(*) AS steps FROM export_leads_setup() \gset
CREATE POLICY hides ON leads AS RESTRICTIVE USING (notes IS NOT NULL);
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['to mend'],
                  'set-up does not say that all is as it must be where there is something to mend');
SELECT finish();
ROLLBACK;

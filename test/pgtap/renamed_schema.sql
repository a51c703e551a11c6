-- After the extension's schema was renamed, the check says so and how to mend it, also in a session of its own that has
-- compiled nothing of the extension yet. Until then nothing runs that would call what others put into a schema of the
-- old name.

\set QUIET on
CREATE SCHEMA home;
CREATE EXTENSION export_leads SCHEMA home;
ALTER SCHEMA home RENAME TO moved;
\c
CREATE ROLE renaming_mallory;
CREATE SCHEMA home AUTHORIZATION renaming_mallory;
CREATE FUNCTION home._export_leads_release_runs() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION home._export_leads_require_closed_schema() RETURNS void LANGUAGE sql AS '';
SELECT plan(11);
SELECT throws_ok(call, '55000', 'the schema of export_leads was renamed to moved',
                 format('%s refuses to run where the extension''s schema was renamed', call))
FROM unnest(ARRAY['SELECT moved.export_leads_begin_runs(1)', 'SELECT moved.export_leads_claim_deliveries(1)',
                  'SELECT moved.export_leads_purge()', 'SELECT moved.export_leads_history(7)',
                  'SELECT moved.export_leads_saved(7, gen_random_uuid())',
                  'SELECT moved.export_leads_saved_pieces(7, gen_random_uuid())',
                  'SELECT moved.export_leads_schedule(7, ''new'', ''08:00'')']) AS call;
DROP FUNCTION home._export_leads_release_runs(), home._export_leads_require_closed_schema();
DROP SCHEMA home;
DROP ROLE renaming_mallory;
SELECT results_eq('SELECT name, level, remediation FROM moved.export_leads_check()',
                  $$VALUES ('schema_renamed', 'error', 'ALTER SCHEMA moved RENAME TO home;')$$,
                  'export_leads_check() finds that the extension''s schema was renamed');
SELECT throws_like('SELECT moved.export_leads_teardown(true)',
                   'the schema of export_leads was renamed from home to moved%',
                   'teardown refuses to run where the extension''s schema was renamed');
SELECT lives_ok(remediation, 'the remediation for a renamed schema runs as printed') FROM moved.export_leads_check();
SELECT results_eq('SELECT name FROM home.export_leads_check()', ARRAY['not_set_up'],
                  'the remediation for a renamed schema mends it');
SELECT finish();

-- After the extension's schema was renamed, the check says so and how to mend it, also in a session of its own that has
-- compiled nothing of the extension yet.

\set QUIET on
CREATE SCHEMA home;
CREATE EXTENSION export_leads SCHEMA home;
ALTER SCHEMA home RENAME TO moved;
\c
SELECT plan(4);
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

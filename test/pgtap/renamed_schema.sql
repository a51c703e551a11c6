-- The check in a session of its own, which has compiled nothing of the extension yet, after its schema was renamed.

\set QUIET on
CREATE SCHEMA home;
CREATE EXTENSION export_leads SCHEMA home;
ALTER SCHEMA home RENAME TO moved;
\c
SELECT plan(4);
SELECT results_eq('SELECT name, level, remediation FROM moved.export_leads_check()',
                  $$VALUES ('schema_renamed', 'error', 'ALTER SCHEMA moved RENAME TO home;')$$, 'the check says what was renamed');
SELECT throws_like('SELECT moved.export_leads_teardown(true)', 'the schema of export_leads was renamed from home to moved%',
                   'teardown says so, too');
SELECT lives_ok(remediation, 'the remediation runs') FROM moved.export_leads_check();
SELECT results_eq('SELECT name FROM home.export_leads_check()', ARRAY['not_set_up'], 'and mends it');
SELECT finish();

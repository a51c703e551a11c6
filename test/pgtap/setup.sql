-- Set-up finds the tables and columns, says what it does, does it once, and gives the reader what exports read and no
-- more.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(44);
CREATE EXTENSION export_leads;
\i test/fixtures/catalogs.sql
GRANT ALL ON leads, call_log TO crm_app;

CREATE FUNCTION test_found() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s %s %s; %s %s %s %s %s %s %s %s; %s %s %s; %s %s %s %s %s', leads, statuses, calls,
                  lead_id, lead_tenant, lead_status, phone, email, lead_created_at, source, notes,
                  status_tenant, status_name, status_label, call_id, call_tenant, call_lead_id, call_created_at,
                  call_status)
    FROM export_leads_configuration
$$;

SELECT is(test_error($$SELECT * FROM export_leads_setup(statuses => 'leads')$$),
          '22023: the leads, their statuses and their calls must be three tables',
          'set-up refuses one table in two places');

UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = current_database();
SELECT is(test_error('SELECT * FROM export_leads_setup(dry_run => true)'),
          '0A000: export_leads needs a database in UTF8 (Dump the database and restore it into one created with '
          'ENCODING ''UTF8''.)', 'set-up refuses a database in another encoding than UTF8');
UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = current_database();

-- A dry run.
CREATE TEMP TABLE before AS SELECT test_catalogs();
CREATE TEMP TABLE dry_run AS SELECT * FROM export_leads_setup(dry_run => true);
SELECT bag_eq('SELECT test_catalogs()', 'TABLE before', 'a dry run of set-up changes nothing');
SELECT is((SELECT count(*) FROM dry_run WHERE action = 'would do'), 26::bigint,
          'a dry run says each of the 26 things it would do');
SELECT is_empty($$SELECT * FROM dry_run WHERE action NOT IN ('found', 'would do')$$,
                'a dry run has rows only of what it found and would do');

-- The real one.
CREATE TEMP TABLE first_run AS SELECT * FROM export_leads_setup();
SELECT bag_eq($$SELECT object, detail, sql FROM first_run WHERE action = 'done'$$,
              $$SELECT object, detail, sql FROM dry_run WHERE action = 'would do'$$,
              'set-up does what the dry run said');
SELECT bag_ne('SELECT test_catalogs()', 'TABLE before', 'set-up changes the catalogs');
SELECT is(test_found(), 'leads lead_statuses call_log; id tenant_id status phone_e164 email created_at source notes; '
          'business_id name label; id business_id lead_id created_at call_status',
          'set-up finds the application''s names');
SELECT is((SELECT full_name FROM export_leads_configuration),
          'COALESCE(NULLIF(lead.name, ''''), '
          'NULLIF(concat_ws('' '', NULLIF(lead.first_name, ''''), NULLIF(lead.last_name, '''')), ''''), ''ללא שם'')',
          'set-up makes the full name of the columns it found');
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'the export after set-up is right');
SELECT is((SELECT array_agg(secured::text) FROM export_leads_configuration),
          (SELECT ARRAY[array_agg(c.oid::regclass ORDER BY c.oid)::text]
           FROM pg_class AS c WHERE c.oid IN ('leads'::regclass, 'lead_statuses'::regclass, 'call_log'::regclass)),
          'set-up stores on which tables it enabled row security');
SELECT bag_eq($$SELECT relname::text, relrowsecurity, relforcerowsecurity FROM pg_class
                    WHERE relname IN ('leads', 'lead_statuses', 'call_log') AND relnamespace = 'public'::regnamespace
                    ORDER BY 1$$,
                  $$VALUES ('call_log', true, false), ('lead_statuses', true, false), ('leads', true, false)$$,
                  'set-up enables row security on the three tables and does not force it');

-- Again.
CREATE TEMP TABLE after AS SELECT test_catalogs();
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'],
                  'a second set-up says unchanged');
SELECT bag_eq('SELECT test_catalogs()', 'TABLE after', 'a second set-up changes nothing');
SELECT results_eq($$SELECT action FROM export_leads_setup(dry_run => true) WHERE action <> 'found'$$,
                  ARRAY['unchanged'], 'a dry run after set-up says unchanged');

-- The reader.
SELECT is((SELECT format('%s %s %s %s %s %s %s', rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
                         rolreplication, rolinherit)
           FROM pg_roles WHERE rolname = 'export_leads_reader'), 'f f f f f f f', 'the reader has no role attribute');
SELECT is_empty($$SELECT FROM pg_auth_members WHERE 'export_leads_reader'::regrole IN (member, roleid)$$,
                'the reader is a member of no role and has no members');
CREATE TEMP TABLE test_tenant_tables AS
SELECT unnest(ARRAY['export_leads_exports', 'export_leads_pieces', 'export_leads_schedules',
                    'export_leads_deliveries']) AS name;
SELECT bag_eq($$
    SELECT table_name::text, string_agg(column_name::text, ' ' ORDER BY column_name::text) AS columns,
           string_agg(DISTINCT privilege_type::text, ' ') AS privileges
    FROM information_schema.column_privileges
    WHERE grantee = 'export_leads_reader' AND table_name NOT IN (SELECT name FROM test_tenant_tables) GROUP BY 1$$,
    $$VALUES ('export_leads_configuration',
              'keep_files keep_rows shown_time_zone tenant_quota time_zone week_begins', 'SELECT'),
              ('call_log', 'business_id call_status created_at id lead_id', 'SELECT'),
             ('lead_statuses', 'business_id label name', 'SELECT'),
             ('leads', 'created_at email first_name id last_name name notes phone_e164 source status tenant_id',
                       'SELECT')$$,
    'the reader has SELECT on exactly the mapped columns, and on the rules of the history');
SELECT bag_eq($$SELECT table_name::text, string_agg(privilege_type, ' ' ORDER BY privilege_type)
                FROM information_schema.table_privileges WHERE grantee = 'export_leads_reader' GROUP BY 1$$,
              $$SELECT name, 'DELETE INSERT SELECT UPDATE' FROM test_tenant_tables$$,
              'the reader has privileges on those whole tables of the extension that hold rows of tenants');
SELECT bag_eq($$SELECT c.relname::text, c.relrowsecurity, p.polpermissive, p.polcmd::text,
                       p.polroles::regrole[]::text[] AS roles, pg_get_expr(p.polqual, p.polrelid) AS reading,
                       pg_get_expr(p.polwithcheck, p.polrelid) AS writing
                FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
                WHERE c.relname LIKE 'export\_leads%'$$,
              $$SELECT name, true AS enabled, true AS permissive, '*' AS command,
                       '{export_leads_reader}'::text[] AS roles, own.condition, own.condition AS writing
                FROM test_tenant_tables CROSS JOIN
                     (SELECT '(tenant = ( SELECT export_leads_tenant() AS export_leads_tenant))' AS condition) AS own$$,
              'row security holds it to the running tenant''s rows there');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace
                    AND c.relkind IN ('r', 'v')
                  AND c.relname NOT IN ('leads', 'lead_statuses', 'call_log', 'export_leads_configuration')
                    AND c.relname NOT IN (SELECT name FROM test_tenant_tables)
                    AND c.relname !~ 'tap|pg_all_foreign_keys|^tmp'
                  AND has_any_column_privilege('export_leads_reader', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')$$,
                'the reader has no privilege on any other table');
SELECT is_empty($$SELECT sequence_name FROM information_schema.sequences
                  WHERE sequence_schema = 'public'
                    AND has_sequence_privilege('export_leads_reader', sequence_name, 'USAGE, SELECT, UPDATE')$$,
                'the reader has no privilege on any sequence');
GRANT ALL ON leads, call_log TO export_leads_reader;
GRANT SELECT (status), UPDATE (call_status) ON call_log TO export_leads_reader;
ALTER ROLE export_leads_reader SUPERUSER LOGIN CREATEDB;
GRANT crm_app TO export_leads_reader;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT bag_eq('SELECT test_catalogs()', 'TABLE after', 'set-up takes from the reader what it was given besides');

-- Explicit names, kept.
CREATE TABLE calls_of_2024 (LIKE call_log);
ALTER TABLE call_log ADD state text DEFAULT 'from state';
SELECT results_eq($$SELECT sql FROM export_leads_setup(call_status => 'state')
                    WHERE action = 'done' AND sql LIKE 'GRANT%'$$,
                  $$VALUES ('GRANT SELECT (state) ON public.call_log TO export_leads_reader')$$,
                  'set-up grants the reader another column that it is told');
SELECT is(has_column_privilege('export_leads_reader', 'call_log', 'call_status', 'SELECT'), false,
          'set-up revokes the column that another has replaced');
SELECT matches(export_leads_csv('7', 'new'), 'from state', 'an export reads the column that set-up was told');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'],
                  'a second set-up keeps the column that it was told');
SELECT matches(export_leads_csv('7', 'new'), 'from state',
               'an export after a second set-up still reads the column that was told');
SELECT is(test_error($$SELECT * FROM export_leads_setup(phone => 'fax')$$),
          '42703: column "fax" of table "public.leads" does not exist (Name one that does: '
          'SELECT * FROM public.export_leads_setup(phone => ''...'');)',
          'set-up refuses a column that does not exist');
SELECT is(test_error($$SELECT * FROM export_leads_setup(leads => 'calls_of_2024')$$),
          '55000: export_leads is set up on other tables: public.leads '
          '(Undo that first: SELECT * FROM public.export_leads_teardown();)',
          'set-up refuses another table of leads while it is set up on a first one');
SELECT count(*) AS steps FROM export_leads_setup(call_status => 'call_status') \gset

-- full_name is an expression over the lead.
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'upper(lead.first_name) -- loud') \gset
SELECT matches(export_leads_csv('7', 'new'), '\r\nnew,חדש,7,SAME,', 'an export holds the full_name that was given');
SELECT is(has_column_privilege('export_leads_reader', 'leads', 'last_name', 'SELECT'), false,
          'a full_name that was given revokes the columns that it does not read');
DELETE FROM before;
INSERT INTO before SELECT test_catalogs();
SELECT isnt(test_error(format('SELECT * FROM export_leads_setup(full_name => %L)', expression)), 'no error',
            format('set-up refuses %s as full_name', expression))
FROM unnest(ARRAY['no_such_column', 'lead', '(SELECT max(note) FROM leads)', '1); DROP TABLE leads; --', 'count(*)',
                  '']) AS expression;
SELECT bag_eq('SELECT test_catalogs()', 'TABLE before', 'a full_name that is refused changes nothing');
SELECT isnt(test_error($$SELECT * FROM export_leads_setup(full_name => 'lead.*')$$), 'no error',
            'set-up refuses lead.* as full_name');
SELECT set_has($$SELECT object, detail
                 FROM export_leads_setup(full_name => '(SELECT max(call_status) FROM public.calls_of_2024)')
                 WHERE action = 'to mend'$$,
               $$VALUES ('public.calls_of_2024', 'an export would also read table "public.calls_of_2024"')$$,
               'set-up reports a full_name that reads another table as something to mend');
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$),
          '55000: an export would also read table "public.calls_of_2024" '
          '("SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.)',
          'an export is refused where full_name reads another table');

-- Whose rights set-up has.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO crm_app;
SET ROLE crm_app;
SELECT matches(test_error('SELECT * FROM export_leads_setup()'), '^42501: permission denied',
               'set-up lends no rights to a role that may only call it');
RESET ROLE;
SELECT is((SELECT count(*) FROM pg_event_trigger)
          + (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname <> 'export_leads_tell_workers'),
          0::bigint,
          'set-up creates no trigger and no event trigger');

SELECT finish();
ROLLBACK;

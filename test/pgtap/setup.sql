-- Set-up finds the tables and columns, says what it does, does it once, and gives the reader what exports read and no more.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(43);
CREATE EXTENSION export_leads;
\i test/fixtures/catalogs.sql
GRANT ALL ON leads, call_log TO crm_app;

CREATE FUNCTION test_found() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s %s %s; %s %s %s %s %s %s %s %s; %s %s %s; %s %s %s %s %s', leads, statuses, calls,
                  lead_id, lead_tenant, lead_status, phone, email, lead_created_at, source, notes,
                  status_tenant, status_name, status_label, call_id, call_tenant, call_lead_id, call_created_at, call_status)
    FROM export_leads_configuration
$$;

SELECT is(test_error($$SELECT * FROM export_leads_setup(statuses => 'leads')$$),
          '22023: the leads, their statuses and their calls must be three tables', 'one table in two places is refused');

UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = current_database();
SELECT is(test_error('SELECT * FROM export_leads_setup(dry_run => true)'),
          '0A000: export_leads needs a database in UTF8 (Dump the database and restore it into one created with '
          'ENCODING ''UTF8''.)', 'a database in another encoding is refused');
UPDATE pg_database SET encoding = pg_char_to_encoding('UTF8') WHERE datname = current_database();

-- A dry run.
CREATE TEMP TABLE before AS SELECT test_catalogs();
CREATE TEMP TABLE dry_run AS SELECT * FROM export_leads_setup(dry_run => true);
SELECT bag_eq('SELECT test_catalogs()', 'TABLE before', 'a dry run changes nothing');
SELECT is((SELECT count(*) FROM dry_run WHERE action = 'would do'), 17::bigint, 'it says what it would do');
SELECT is_empty($$SELECT * FROM dry_run WHERE action NOT IN ('found', 'would do')$$, 'and what it found');

-- The real one.
CREATE TEMP TABLE first_run AS SELECT * FROM export_leads_setup();
SELECT bag_eq($$SELECT object, detail, sql FROM first_run WHERE action = 'done'$$,
              $$SELECT object, detail, sql FROM dry_run WHERE action = 'would do'$$, 'set-up does what the dry run said');
SELECT bag_ne('SELECT test_catalogs()', 'TABLE before', 'which changes something');
SELECT is(test_found(), 'leads lead_statuses call_log; id tenant_id status phone_e164 email created_at source notes; '
          'business_id name label; id business_id lead_id created_at call_status', 'set-up finds the application''s names');
SELECT is((SELECT full_name FROM export_leads_configuration),
          'COALESCE(NULLIF(lead.name, ''''), NULLIF(concat_ws('' '', NULLIF(lead.first_name, ''''), NULLIF(lead.last_name, '''')), ''''), ''ללא שם'')',
          'and the names of a lead');
SELECT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'), 'after it the export is right');
SELECT is((SELECT array_agg(secured::text) FROM export_leads_configuration), (SELECT ARRAY[array_agg(c.oid::regclass ORDER BY c.oid)::text]
           FROM pg_class AS c WHERE c.oid IN ('leads'::regclass, 'lead_statuses'::regclass, 'call_log'::regclass)),
          'it remembers on which tables it enabled row security');
SELECT bag_eq($$SELECT relname::text, relrowsecurity, relforcerowsecurity FROM pg_class
                    WHERE relname IN ('leads', 'lead_statuses', 'call_log') AND relnamespace = 'public'::regnamespace ORDER BY 1$$,
                  $$VALUES ('call_log', true, false), ('lead_statuses', true, false), ('leads', true, false)$$,
                  'row security is enabled and not forced');

-- Again.
CREATE TEMP TABLE after AS SELECT test_catalogs();
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'], 'a second run says unchanged');
SELECT bag_eq('SELECT test_catalogs()', 'TABLE after', 'and changes nothing');
SELECT results_eq($$SELECT action FROM export_leads_setup(dry_run => true) WHERE action <> 'found'$$, ARRAY['unchanged'], 'so does a dry run then');

-- The reader.
SELECT is((SELECT format('%s %s %s %s %s %s %s', rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolinherit)
           FROM pg_roles WHERE rolname = 'export_leads_reader'), 'f f f f f f f', 'the reader has no attribute');
SELECT is_empty($$SELECT FROM pg_auth_members WHERE 'export_leads_reader'::regrole IN (member, roleid)$$, 'no membership and no member');
SELECT bag_eq($$
    SELECT table_name::text, string_agg(column_name::text, ' ' ORDER BY column_name::text) AS columns,
           string_agg(DISTINCT privilege_type::text, ' ') AS privileges
    FROM information_schema.column_privileges WHERE grantee = 'export_leads_reader' GROUP BY 1$$,
    $$VALUES ('call_log', 'business_id call_status created_at id lead_id', 'SELECT'),
             ('lead_statuses', 'business_id label name', 'SELECT'),
             ('leads', 'created_at email first_name id last_name name notes phone_e164 source status tenant_id', 'SELECT')$$,
    'its privileges are exactly the mapped columns');
SELECT is_empty($$SELECT * FROM information_schema.table_privileges WHERE grantee = 'export_leads_reader'$$, 'it has none on a whole table');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
                  AND c.relname NOT IN ('leads', 'lead_statuses', 'call_log') AND c.relname !~ 'tap|pg_all_foreign_keys|^tmp'
                  AND has_any_column_privilege('export_leads_reader', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')$$, 'nor on any other');
SELECT is_empty($$SELECT sequence_name FROM information_schema.sequences
                  WHERE sequence_schema = 'public' AND has_sequence_privilege('export_leads_reader', sequence_name, 'USAGE, SELECT, UPDATE')$$,
                'nor on a sequence');
GRANT ALL ON leads, call_log TO export_leads_reader;
GRANT SELECT (status), UPDATE (call_status) ON call_log TO export_leads_reader;
ALTER ROLE export_leads_reader SUPERUSER LOGIN CREATEDB;
GRANT crm_app TO export_leads_reader;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT bag_eq('SELECT test_catalogs()', 'TABLE after', 'what it was given besides, set-up takes away');

-- Explicit names, kept.
CREATE TABLE calls_of_2024 (LIKE call_log);
ALTER TABLE call_log ADD state text DEFAULT 'from state';
SELECT results_eq($$SELECT sql FROM export_leads_setup(call_status => 'state') WHERE action = 'done' AND sql LIKE 'GRANT%'$$,
                  $$VALUES ('GRANT SELECT (state) ON public.call_log TO export_leads_reader')$$,
                  'another column is granted');
SELECT is(has_column_privilege('export_leads_reader', 'call_log', 'call_status', 'SELECT'), false, 'and the former one revoked');
SELECT matches(export_leads_csv('7', 'new'), 'from state', 'and exported');
SELECT results_eq($$SELECT action FROM export_leads_setup() WHERE action <> 'found'$$, ARRAY['unchanged'], 'set-up keeps what it was told');
SELECT matches(export_leads_csv('7', 'new'), 'from state', 'so the export is the same');
SELECT is(test_error($$SELECT * FROM export_leads_setup(phone => 'fax')$$), '42703: column "fax" of table "public.leads" does not exist (Name one that does: '
          'SELECT * FROM public.export_leads_setup(phone => ''...'');)',
          'a column that does not exist is refused');
SELECT is(test_error($$SELECT * FROM export_leads_setup(leads => 'calls_of_2024')$$),
          '55000: export_leads is set up on other tables: public.leads (Undo that first: SELECT * FROM public.export_leads_teardown();)',
          'another table is refused while there is a first one');
SELECT count(*) AS steps FROM export_leads_setup(call_status => 'call_status') \gset

-- full_name is an expression over the lead.
SELECT count(*) AS steps FROM export_leads_setup(full_name => 'upper(lead.first_name) -- loud') \gset
SELECT matches(export_leads_csv('7', 'new'), '\r\nnew,חדש,7,SAME,', 'a full_name of one''s own');
SELECT is(has_column_privilege('export_leads_reader', 'leads', 'last_name', 'SELECT'), false, 'takes the columns away that it does not use');
DELETE FROM before;
INSERT INTO before SELECT test_catalogs();
SELECT isnt(test_error(format('SELECT * FROM export_leads_setup(full_name => %L)', expression)), 'no error', format('full_name %s is refused', expression))
FROM unnest(ARRAY['no_such_column', 'lead', '(SELECT max(note) FROM leads)', '1); DROP TABLE leads; --', 'count(*)', '']) AS expression;
SELECT bag_eq('SELECT test_catalogs()', 'TABLE before', 'and what is refused changes nothing');
SELECT isnt(test_error($$SELECT * FROM export_leads_setup(full_name => 'lead.*')$$), 'no error', 'full_name lead.* is refused');
SELECT set_has($$SELECT object, detail FROM export_leads_setup(full_name => '(SELECT max(call_status) FROM public.calls_of_2024)')
                 WHERE action = 'to mend'$$,
               $$VALUES ('public.calls_of_2024', 'an export would also read table "public.calls_of_2024"')$$,
               'a full_name that reads another table is something to mend');
SELECT is(test_error($$SELECT export_leads_csv('7', 'new')$$), '55000: an export would also read table "public.calls_of_2024" '
          '("SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend it.)', 'and nothing to export with');

-- Whose rights set-up has.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO crm_app;
SET ROLE crm_app;
SELECT matches(test_error('SELECT * FROM export_leads_setup()'), '^42501: permission denied', 'set-up lends no rights to who may call it');
RESET ROLE;
SELECT is((SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal), 0::bigint, 'set-up leaves no trigger');

SELECT finish();
ROLLBACK;

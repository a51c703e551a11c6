-- Row security breaks what no policy can keep: COPY FROM, other roles' pg_dump, and replication. Set-up notes this
-- before it enables row security, in a dry run, too, where that concerns anybody; the check finds subscriptions that
-- stopped.

BEGIN;
SET client_min_messages = error;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SET search_path = public, export_leads;
SELECT plan(20);

-- Whatever is done in here is undone.
CREATE FUNCTION test_notes(site text, OUT notes text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE site;
    SELECT string_agg(s.detail, '; ') INTO notes FROM export_leads_setup(dry_run => true) AS s WHERE s.action = 'note';
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
SELECT is(test_notes('SELECT'), NULL, 'set-up notes nothing where nobody but the owner has privileges');
CREATE ROLE importer;
CREATE ROLE "load er" LOGIN IN ROLE importer;
CREATE ROLE night_shift LOGIN;
CREATE ROLE chief LOGIN SUPERUSER;
CREATE ROLE free LOGIN BYPASSRLS;
CREATE ROLE deputy LOGIN IN ROLE crm_app;
SELECT is(test_notes('GRANT ALL ON leads, lead_statuses, call_log TO chief, free, deputy'), NULL,
          'set-up notes nothing for superusers, roles that bypass row security, and members of the owner');
SELECT is(test_notes('GRANT INSERT (id) ON leads TO importer'),
          'COPY FROM into table "public.leads" will be refused to "load er", importer: row security is not for it, '
          'INSERT goes on working', 'set-up notes that roles that may insert can no longer use COPY FROM');
SELECT is(test_notes('GRANT SELECT ON call_log TO importer'),
          'pg_dump as "load er" will refuse table "public.call_log", unless the role is given BYPASSRLS',
          'set-up notes that a role that may select and log in can no longer make a dump');
SELECT is(test_notes('GRANT pg_read_all_data TO night_shift'),
          string_agg(format('pg_dump as night_shift will refuse table "public.%s", unless the role is given BYPASSRLS',
                            t), '; ' ORDER BY t),
          'set-up notes that a member of pg_read_all_data can no longer make a dump')
FROM unnest(ARRAY['leads', 'lead_statuses', 'call_log']) AS t;
SELECT matches(test_notes('ALTER TABLE leads FORCE ROW LEVEL SECURITY; ALTER ROLE crm_app LOGIN'),
               'COPY FROM into table "public.leads" will be refused to crm_app, deputy.*pg_dump as crm_app or deputy',
               'set-up notes what the owner can no longer do where row security is forced');
SELECT is(test_notes('GRANT ALL ON leads TO importer; ALTER TABLE leads ENABLE ROW LEVEL SECURITY'), NULL,
          'set-up notes nothing where row security is on already');

-- Replication. The publisher is never asked.
CREATE SUBSCRIPTION feed CONNECTION 'dbname=nowhere' PUBLICATION leads WITH (connect = false, slot_name = NONE);
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate)
SELECT s.oid, 'call_log'::regclass, 'r' FROM pg_subscription AS s WHERE s.subname = 'feed';
-- Set to run as its owner, which PostgreSQL 15 does anyway.
CREATE FUNCTION test_owned_by(role name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE pg_subscription SET subowner = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = role);
    IF current_setting('server_version_num')::int >= 160000 THEN
        EXECUTE 'UPDATE pg_subscription SET subrunasowner = true';
    END IF;
END;
$$;
SELECT is(test_notes('SELECT'), NULL, 'set-up notes nothing about a superuser''s subscription');
SELECT is(test_notes(format('SELECT test_owned_by(%L)', role)), NULL,
          format('set-up notes nothing about a subscription of role %s', role))
FROM unnest(ARRAY['free', 'crm_app', 'deputy']) AS role;
SELECT test_owned_by('night_shift') AS owner \gset
SELECT is(test_notes('SELECT'),
          'subscription "feed" will stop replicating into table "public.call_log", which it writes as role '
          '"night_shift"',
          'set-up notes a subscription whose role is bound by row security');
SELECT set_has('SELECT action, object FROM export_leads_setup()', $$VALUES ('note', 'public.call_log')$$,
               'set-up notes the subscription also when it is not a dry run');
SELECT results_eq('SELECT name, level, object, remediation FROM export_leads_check() WHERE level <> ''info''',
                  $$VALUES ('replication_shut_out', 'warning', 'subscription feed', NULL::text)$$,
                  'after set-up export_leads_check() finds the subscription');
SELECT is_empty('SELECT FROM export_leads_setup() WHERE action = ''note''', 'a second set-up notes nothing');
SELECT test_owned_by(session_user) AS owner \gset
SELECT is_empty('SELECT * FROM export_leads_check() WHERE level <> ''info''',
          'export_leads_check() finds nothing about a superuser''s subscription');
SELECT test_owned_by('crm_app') AS owner \gset
SELECT is_empty('SELECT * FROM export_leads_check() WHERE level <> ''info''',
                'export_leads_check() finds nothing about a subscription of the table''s owner');
ALTER TABLE call_log FORCE ROW LEVEL SECURITY;
SELECT results_eq('SELECT name FROM export_leads_check() WHERE level <> ''info''', ARRAY['replication_shut_out'],
                  'export_leads_check() finds the owner''s subscription where row security is forced');

-- What it is about.
ALTER TABLE call_log NO FORCE ROW LEVEL SECURITY;
GRANT INSERT ON call_log TO importer;
GRANT pg_read_server_files TO importer;
SET ROLE importer;
SELECT matches(test_error('COPY public.call_log FROM ''/dev/null'''), '^0A000: COPY FROM not supported with row-level',
               'PostgreSQL refuses COPY FROM to a role that row security binds');
SELECT is(test_error('INSERT INTO public.call_log (id) VALUES (1000)'), 'no error',
          'INSERT goes on working for a role that row security binds');
RESET ROLE;

SELECT finish();
ROLLBACK;

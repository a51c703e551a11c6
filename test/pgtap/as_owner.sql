-- What the tables' owner wrote runs as the owner, never as the superuser who runs set-up, the doctor or what the doctor
-- prints: casts, CHECK constraints and defaults of a table that is rewritten, and the CHECK of a domain, which reading
-- a literal such as '{x}'::crm.word[] calls. Neither RESET ROLE nor a trigger that is deferred to the end gets out of
-- that.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
DROP VIEW test_leads, test_calls;
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SET search_path = public, export_leads;
CREATE SCHEMA crm AUTHORIZATION crm_app;
GRANT CREATE ON SCHEMA public TO crm_app;
GRANT USAGE ON SCHEMA crm TO PUBLIC;
ALTER TABLE leads OWNER TO crm_app;
ALTER TABLE lead_statuses OWNER TO crm_app;
ALTER TABLE call_log OWNER TO crm_app;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- rise() tries in three ways to make crm_app a superuser. The lock that it takes tells the test whom it ran as.
SET ROLE crm_app;
CREATE TABLE crm.notes (caller name);
GRANT INSERT ON crm.notes TO PUBLIC;
CREATE FUNCTION crm.attempt(command text) RETURNS void LANGUAGE plpgsql AS
    'BEGIN EXECUTE command; EXCEPTION WHEN OTHERS THEN NULL; END';
CREATE FUNCTION crm.on_note() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM crm.attempt(''ALTER ROLE crm_app SUPERUSER''); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER on_note AFTER INSERT ON crm.notes DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION crm.on_note();
CREATE FUNCTION crm.rise() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(13, (SELECT oid::int FROM pg_roles WHERE rolname = current_user));
    PERFORM crm.attempt('ALTER ROLE crm_app SUPERUSER');
    PERFORM crm.attempt('RESET ROLE; ALTER ROLE crm_app SUPERUSER');
    PERFORM crm.attempt('INSERT INTO crm.notes VALUES (current_user)');
    RETURN true;
END;
$$;
CREATE FUNCTION crm.rising(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
    'BEGIN RETURN CASE WHEN crm.rise() THEN n END; END';
CREATE DOMAIN crm.word AS text CHECK (crm.rise());
RESET ROLE;

-- Runs statements, and what is deferred; tells whom rise() ran as, and the worst. What they do is undone.
CREATE FUNCTION test_ran_as(statements text[], OUT roles text) LANGUAGE plpgsql AS $$
DECLARE
    statement text;
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        EXECUTE statement;
    END LOOP;
    SET CONSTRAINTS ALL IMMEDIATE;
    SELECT string_agg(DISTINCT r.rolname, ', ') INTO roles
    FROM pg_locks AS l JOIN pg_roles AS r ON r.oid = l.objid
    WHERE l.locktype = 'advisory' AND l.classid = 13 AND l.pid = pg_backend_pid();
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = 'crm_app') THEN
        roles := 'crm_app is a superuser';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
-- The doctor's remediations, as they are printed, `times` times, as his next rows may be about what these left.
CREATE FUNCTION test_remedy(finding text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    remediation text;
BEGIN
    SELECT c.remediation INTO STRICT remediation FROM export_leads_check() AS c WHERE c.name = finding;
    EXECUTE remediation;
    RETURN (SELECT string_agg(c.name, ', ') FROM export_leads_check() AS c WHERE c.level = 'error');
END;
$$;

CREATE TEMP TABLE cases (roles text, what text, statements text[]);
INSERT INTO cases VALUES
    ('crm_app is a superuser', 'a superuser''s own SELECT', ARRAY[$$SELECT '{x}'::crm.word[]$$]),
    ('crm_app', 'adding a column',
         ARRAY[$$SELECT export_leads_add_column('own', 'lead.name = ANY (''{x}''::crm.word[])')$$]),
    ('crm_app, export_leads_reader', 'giving full_name, which ends with the doctor',
         ARRAY[$$SELECT * FROM export_leads_setup(full_name => '(''{x}''::crm.word[])[1]')$$]),
    ('crm_app', 'giving it in a dry run',
         ARRAY[$$SELECT * FROM export_leads_setup(full_name => '(''{x}''::crm.word[])[1]', dry_run => true)$$]);
-- A column that is there already, whatever comes next: put there by hand, so that nothing was called yet.
INSERT INTO cases
SELECT roles, what || ' where there is such a column',
       ARRAY[$$INSERT INTO export_leads_columns (name, expression)
               VALUES ('own', 'lead.name = ANY (''{x}''::crm.word[])')$$, statement]
FROM (VALUES ('crm_app, export_leads_reader', 'set-up, which ends with the doctor,',
              'SELECT * FROM export_leads_setup()'),
             ('crm_app', 'a dry run', 'SELECT * FROM export_leads_setup(dry_run => true)'),
             ('crm_app', 'adding another', 'SELECT export_leads_add_column(''other'', ''lead.id'')'),
             ('export_leads_reader', 'the doctor', 'SELECT * FROM export_leads_check()'),
             ('export_leads_reader', 'an export', 'SELECT export_leads_csv(7, ''new'', ''{own}'')'),
             (NULL, 'removing it', 'SELECT export_leads_remove_column(''own'')'),
             (NULL, 'teardown', 'SELECT * FROM export_leads_teardown()')) AS v (roles, what, statement);
INSERT INTO cases VALUES
    ('crm_app, export_leads_reader', 'a full_name that is there already',
     ARRAY[$$UPDATE export_leads_configuration SET full_name_given = true, full_name = '(''{x}''::crm.word[])[1]'$$,
           'SELECT * FROM export_leads_setup()', 'SELECT * FROM export_leads_check()']);
-- What the doctor prints.
INSERT INTO cases VALUES
    ('crm_app', 'exempting exports from a restrictive policy',
     ARRAY['SET SESSION AUTHORIZATION crm_app',
           $$CREATE POLICY site ON leads AS RESTRICTIVE USING (name = ANY ('{x}'::crm.word[]) OR id > 0)$$,
           'SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED', 'RESET SESSION AUTHORIZATION',
           'SELECT test_remedy(''restrictive_policy'')']);

-- What PostgreSQL itself runs as the owner.
INSERT INTO cases VALUES
    ('crm_app', 'set-up, the doctor, statistics and teardown where constraints and indexes call it',
     ARRAY['SET SESSION AUTHORIZATION crm_app',
           'ALTER TABLE leads ADD CHECK (crm.rise()), ALTER notes SET DEFAULT crm.rise()',
           'CREATE INDEX ON leads (crm.rising(id)); CREATE INDEX ON call_log (id) WHERE crm.rising(id) > 0',
           'SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED', 'RESET SESSION AUTHORIZATION',
           'SELECT * FROM export_leads_teardown()', 'SELECT * FROM export_leads_setup()', 'ANALYZE leads, call_log',
           'SELECT * FROM export_leads_check()', 'SELECT * FROM export_leads_teardown()']);

SELECT plan((SELECT count(*) FROM cases)::int + 16);
SELECT is(test_ran_as(statements), roles, format('%s: %s', what, COALESCE(roles, 'nobody'))) FROM cases;

-- What the owner may not look into is said.
CREATE SCHEMA hidden;
CREATE FUNCTION hidden.upper(text) RETURNS text LANGUAGE sql RETURN upper($1);
SELECT is(test_error('SELECT export_leads_add_column(''own'', ''hidden.upper(lead.name)'')'),
          '42501: permission denied for schema hidden (What a site wrote is read as role "crm_app", who owns the leads.)',
          'a column needs what the owner of the leads may look into');

-- What it runs, and for whom.
CREATE FUNCTION test_as_owner(command text) RETURNS text LANGUAGE sql AS
    $$SELECT test_error(format('SELECT export_leads._export_leads_as_owner(''public.leads'', %L)', command))$$;
SELECT is(test_as_owner('ALTER TABLE public.leads ADD m int; ALTER TABLE public.leads DROP m'),
          '42601: the command must be one ALTER TABLE or ALTER POLICY', 'one command');
SELECT is(test_as_owner(command), '42601: the command must be one ALTER TABLE or ALTER POLICY',
    format('not %s', command))
FROM unnest(ARRAY['SELECT 1', 'ALTER ROLE crm_app SUPERUSER', 'SET search_path = public', '',
    'DROP TABLE public.leads']) AS command;
SELECT is(test_as_owner('ALTER TABLE pg_catalog.pg_class ADD n int'), '42501: must be owner of table pg_class',
          'it has the owner''s rights');
SELECT is(test_as_owner('ALTER TABLE export_leads.export_leads_columns ADD n int'),
    '42501: permission denied for schema export_leads', 'and no others');
SELECT is(test_as_owner('ALTER TABLE leads ADD n int'), '42P01: relation "leads" does not exist',
    'the search_path is not the session''s');
SELECT is(test_as_owner('ALTER TABLE public.leads ADD n int DEFAULT 1'), 'no error', 'the command is run');
SELECT results_eq('SELECT DISTINCT n FROM leads', ARRAY[1], 'and done');
SELECT is(format('%s %s', current_user, current_setting('search_path')),
          format('%s public, export_leads', session_user), 'and then all is as before');
SET ROLE crm_app;
SELECT is(test_error('SELECT export_leads._export_leads_as_owner(''public.leads'', '''')'),
    '42501: permission denied for schema export_leads',
          'nobody else may call it');
RESET ROLE;
GRANT USAGE ON SCHEMA export_leads TO PUBLIC;
GRANT EXECUTE ON FUNCTION _export_leads_as_owner TO PUBLIC;
CREATE ROLE other;
SET ROLE other;
SELECT is(test_as_owner('ALTER TABLE public.leads ADD m int'), '42501: must be owner of table "leads"',
    'nor become the owner by it, if he might');
SET ROLE crm_app;
SELECT is(test_as_owner('ALTER TABLE public.leads ADD m int'), 'no error', 'the owner may do what he may anyway');
RESET ROLE;
SELECT finish();
ROLLBACK;

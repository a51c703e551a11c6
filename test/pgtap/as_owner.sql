-- What the tables' owner wrote runs as the owner or the reader, never as the superuser who runs set-up,
-- export_leads_check() or its remediations: casts, CHECK constraints and defaults of a table that is rewritten, and the
-- CHECK of a domain, which reading a literal such as '{x}'::crm.word[] calls. Neither RESET ROLE nor a deferred trigger
-- escapes from that.

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

-- rise() tries in three ways to make crm_app a superuser. The lock that it takes tells the test which role it ran as.
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

-- Runs statements, and what they defer, and returns the roles that rise() ran as. All that they do is undone.
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
-- Runs the remediation of a finding as it is printed, and returns the errors that export_leads_check() then reports.
CREATE FUNCTION test_remedy(finding text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    remediation text;
BEGIN
    SELECT c.remediation INTO STRICT remediation FROM export_leads_check() AS c WHERE c.name = finding;
    EXECUTE remediation;
    RETURN (SELECT string_agg(c.name, ', ') FROM export_leads_check() AS c WHERE c.level = 'error');
END;
$$;

-- Which roles the owner's code runs as in what a superuser does. Set-up ends with export_leads_check(), as the reader.
CREATE TEMP TABLE cases (roles text, what text, statements text[]);
INSERT INTO cases VALUES
    ('crm_app is a superuser', 'a superuser''s own SELECT', ARRAY[$$SELECT '{x}'::crm.word[]$$]),
    ('crm_app', 'adding a column',
         ARRAY[$$SELECT export_leads_add_column('own', 'lead.name = ANY (''{x}''::crm.word[])')$$]),
    ('crm_app, export_leads_reader', 'set-up with a full_name',
         ARRAY[$$SELECT * FROM export_leads_setup(full_name => '(''{x}''::crm.word[])[1]')$$]),
    ('crm_app', 'a dry run of set-up with a full_name',
         ARRAY[$$SELECT * FROM export_leads_setup(full_name => '(''{x}''::crm.word[])[1]', dry_run => true)$$]);
-- Where such a column is there already: it is put there by hand, so that nothing was called yet.
INSERT INTO cases
SELECT roles, what || ' where such a column exists',
       ARRAY[$$INSERT INTO export_leads_columns (name, expression)
               VALUES ('own', 'lead.name = ANY (''{x}''::crm.word[])')$$, statement]
FROM (VALUES ('crm_app, export_leads_reader', 'set-up',
              'SELECT * FROM export_leads_setup()'),
             ('crm_app', 'a dry run of set-up', 'SELECT * FROM export_leads_setup(dry_run => true)'),
             ('crm_app', 'adding another column', 'SELECT export_leads_add_column(''other'', ''lead.id'')'),
             ('export_leads_reader', 'export_leads_check()', 'SELECT * FROM export_leads_check()'),
             ('export_leads_reader', 'an export', 'SELECT export_leads_csv(7, ''new'', ''{own}'')'),
             (NULL, 'removing the column', 'SELECT export_leads_remove_column(''own'')'),
             (NULL, 'teardown', 'SELECT * FROM export_leads_teardown()')) AS v (roles, what, statement);
INSERT INTO cases VALUES
    ('crm_app, export_leads_reader', 'set-up and a check where such a full_name exists',
     ARRAY[$$UPDATE export_leads_configuration SET full_name_given = true, full_name = '(''{x}''::crm.word[])[1]'$$,
           'SELECT * FROM export_leads_setup()', 'SELECT * FROM export_leads_check()']);
-- A remediation.
INSERT INTO cases VALUES
    ('crm_app', 'the remediation that exempts exports from a restrictive policy',
     ARRAY['SET SESSION AUTHORIZATION crm_app',
           $$CREATE POLICY site ON leads AS RESTRICTIVE USING (name = ANY ('{x}'::crm.word[]) OR id > 0)$$,
           'SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED', 'RESET SESSION AUTHORIZATION',
           'SELECT test_remedy(''restrictive_policy'')']);

-- What PostgreSQL itself runs as the owner.
INSERT INTO cases VALUES
    ('crm_app', 'set-up to teardown where constraints and indexes call it',
     ARRAY['SET SESSION AUTHORIZATION crm_app',
           'ALTER TABLE leads ADD CHECK (crm.rise()), ALTER notes SET DEFAULT crm.rise()',
           'CREATE INDEX ON leads (crm.rising(id)); CREATE INDEX ON call_log (id) WHERE crm.rising(id) > 0',
           'SET CONSTRAINTS ALL IMMEDIATE', 'SET CONSTRAINTS ALL DEFERRED', 'RESET SESSION AUTHORIZATION',
           'SELECT * FROM export_leads_teardown()', 'SELECT * FROM export_leads_setup()', 'ANALYZE leads, call_log',
           'SELECT * FROM export_leads_check()', 'SELECT * FROM export_leads_teardown()']);

SELECT plan((SELECT count(*) FROM cases)::int + 16);
SELECT is(test_ran_as(statements), roles,
          format('%s has the owner''s code run as: %s', what, COALESCE(roles, 'nobody')))
FROM cases;

-- An expression may not need what the owner of the leads may not use.
CREATE SCHEMA hidden;
CREATE FUNCTION hidden.upper(text) RETURNS text LANGUAGE sql RETURN upper($1);
SELECT is(test_error('SELECT export_leads_add_column(''own'', ''hidden.upper(lead.name)'')'),
          '42501: permission denied for schema hidden '
          '(What a site wrote is read as role "crm_app", who owns the leads.)',
          'a column that calls a function in a schema without USAGE for the owner is refused');

-- Which commands _export_leads_as_owner() runs, and for whom.
CREATE FUNCTION test_as_owner(command text) RETURNS text LANGUAGE sql AS
    $$SELECT test_error(format('SELECT export_leads._export_leads_as_owner(''public.leads'', %L)', command))$$;
SELECT is(test_as_owner('ALTER TABLE public.leads ADD m int; ALTER TABLE public.leads DROP m'),
          '42601: the command must be one ALTER TABLE or ALTER POLICY', 'two commands are not run as the owner');
SELECT is(test_as_owner(command), '42601: the command must be one ALTER TABLE or ALTER POLICY',
          format('the command is not run as the owner: "%s"', command))
FROM unnest(ARRAY['SELECT 1', 'ALTER ROLE crm_app SUPERUSER', 'SET search_path = public', '',
                  'DROP TABLE public.leads']) AS command;
SELECT is(test_as_owner('ALTER TABLE pg_catalog.pg_class ADD n int'), '42501: must be owner of table pg_class',
          'a command that is run as the owner does not have the superuser''s rights on the catalogs');
SELECT is(test_as_owner('ALTER TABLE export_leads.export_leads_columns ADD n int'),
          '42501: permission denied for schema export_leads',
          'a command that is run as the owner does not have the superuser''s rights on our tables');
SELECT is(test_as_owner('ALTER TABLE leads ADD n int'), '42P01: relation "leads" does not exist',
          'a command that is run as the owner does not follow the session''s search_path');
SELECT is(test_as_owner('ALTER TABLE public.leads ADD n int DEFAULT 1'), 'no error',
          'ALTER TABLE of the owner''s table is run as the owner');
SELECT results_eq('SELECT DISTINCT n FROM leads', ARRAY[1], 'ALTER TABLE as the owner has added the column');
SELECT is(format('%s %s', current_user, current_setting('search_path')),
          format('%s public, export_leads', session_user),
          'user and search_path are as before when a command has run as the owner');
SET ROLE crm_app;
SELECT is(test_error('SELECT export_leads._export_leads_as_owner(''public.leads'', '''')'),
          '42501: permission denied for schema export_leads',
          'the owner of the tables may not call _export_leads_as_owner() by default');
RESET ROLE;
GRANT USAGE ON SCHEMA export_leads TO PUBLIC;
GRANT EXECUTE ON FUNCTION _export_leads_as_owner TO PUBLIC;
CREATE ROLE other;
SET ROLE other;
SELECT is(test_as_owner('ALTER TABLE public.leads ADD m int'), '42501: must be owner of table "leads"',
          '_export_leads_as_owner() does not lend the owner''s rights to another role that may call it');
SET ROLE crm_app;
SELECT is(test_as_owner('ALTER TABLE public.leads ADD m int'), 'no error',
          'the owner who may call _export_leads_as_owner() may alter the table by it');
RESET ROLE;
SELECT finish();
ROLLBACK;

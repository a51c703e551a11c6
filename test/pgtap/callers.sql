-- The file has the same bytes for every caller that may export, the caller's role stays what it was, and a reader that
-- row security would not bind is refused before a row is read.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(63);

-- As it is right after CREATE EXTENSION and set-up: nothing is granted.
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset

CREATE ROLE web_backend NOLOGIN;
CREATE ROLE nobody_in_particular NOLOGIN;
CREATE ROLE auditor NOLOGIN BYPASSRLS;
CREATE ROLE chief NOLOGIN SUPERUSER;

CREATE FUNCTION test_export_as(caller name, tenant text DEFAULT '7', status text DEFAULT 'new')
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    file text;
BEGIN
    PERFORM set_config('role', caller, true);
    -- EXECUTE, since PL/pgSQL checks the privileges of a plain expression once in a transaction.
    EXECUTE 'SELECT export_leads_csv($1, $2)' INTO file USING tenant, status;
    IF current_user <> caller THEN
        RAISE EXCEPTION 'the caller has become "%"', current_user;
    END IF;
    PERFORM set_config('role', 'none', true);
    RETURN file;
END;
$$;

SELECT is(test_error(format('SELECT test_export_as(%L)', caller)),
          '42501: permission denied for function export_leads_csv',
          format('role "%s" cannot export right after CREATE EXTENSION', caller))
FROM unnest(ARRAY['crm_app', 'auditor', 'web_backend', 'nobody_in_particular']) AS caller;

GRANT EXECUTE ON FUNCTION export_leads_csv(bigint, text, text[], export_leads_time_bound, export_leads_time_bound),
    export_leads_csv(uuid, text, text[], export_leads_time_bound, export_leads_time_bound),
    export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound)
    TO crm_app, auditor, web_backend, export_leads_reader;

SELECT is(test_export_as(caller), :'expected', format('role "%s" gets the file of tenant 7', caller))
FROM unnest(ARRAY['crm_app', 'auditor', 'web_backend', 'chief', session_user]) AS caller;
SELECT is(test_export_as(caller, '13'), test_expected_csv('13', 'new'),
          format('role "%s" gets the file of tenant 13', caller))
FROM unnest(ARRAY['crm_app', 'auditor', 'web_backend', 'chief', session_user]) AS caller;
SELECT is(test_error($$SELECT test_export_as('nobody_in_particular')$$),
          '42501: permission denied for function export_leads_csv',
          'a role without EXECUTE still cannot export when other roles may');
SELECT is(test_error($$SELECT test_export_as('export_leads_reader')$$), 'no error',
          'the reader itself can export where it was granted EXECUTE');
REVOKE EXECUTE ON FUNCTION export_leads_csv(bigint, text, text[], export_leads_time_bound, export_leads_time_bound),
    export_leads_csv(uuid, text, text[], export_leads_time_bound, export_leads_time_bound),
    export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound)
    FROM export_leads_reader;

SET SESSION AUTHORIZATION crm_app;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'a session of the owner gets the file');
SELECT is(session_user || ' ' || current_user, 'crm_app crm_app',
          'session and current user are still the owner after the owner''s export');
SET SESSION AUTHORIZATION web_backend;
SELECT is(export_leads_csv('7', 'new'), :'expected', 'a session of an ordinary role gets the file');
SELECT is(test_error('SELECT count(*) FROM leads'), '42501: permission denied for table leads',
          'an ordinary role that exports cannot read the leads itself');
RESET SESSION AUTHORIZATION;

-- The caller's own exposure to row security is nothing to an export.
SET row_security = off;
SELECT is(test_export_as(caller), :'expected', format('role "%s" gets the file with row_security = off', caller))
FROM unnest(ARRAY['crm_app', 'web_backend', session_user]) AS caller;
SELECT is(current_setting('row_security'), 'off', 'row_security is still off after exports with row_security = off');
SET row_security = on;

CREATE FUNCTION site_export() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT export_leads_csv('7', 'new') $$;
GRANT EXECUTE ON FUNCTION site_export() TO nobody_in_particular;
SET ROLE nobody_in_particular;
SELECT is(site_export(), :'expected', 'a SECURITY DEFINER function of a superuser exports for a role that may call it');
RESET ROLE;
ALTER FUNCTION site_export() OWNER TO web_backend;
SET ROLE nobody_in_particular;
SELECT is(site_export(), :'expected',
          'a SECURITY DEFINER function of an ordinary role exports for a role that may call it');
SELECT is(current_user, 'nobody_in_particular'::name,
          'the caller of a SECURITY DEFINER function that exports is still itself');
RESET ROLE;

-- The reader sees nothing outside of an export.
GRANT export_leads_reader TO web_backend;
SET SESSION AUTHORIZATION web_backend;
SET ROLE export_leads_reader;
SELECT is((SELECT count(*) FROM leads), 0::bigint, 'the reader sees no lead outside of an export');
SELECT is((SELECT count(*) FROM lead_statuses), 0::bigint, 'the reader sees no status outside of an export');
SELECT is((SELECT count(*) FROM call_log), 0::bigint, 'the reader sees no call outside of an export');
SELECT is(export_leads_tenant(), NULL, 'export_leads_tenant() is NULL for the reader outside of an export');
SELECT is(test_error('SELECT * FROM leads WHERE obsolete IS NULL'), '42703: column "obsolete" does not exist',
          'the reader cannot see a dropped column');
RESET ROLE;
SELECT is((SELECT count(*) FROM leads), 0::bigint, 'a member of the reader sees no lead outside of an export');
SELECT is(export_leads_csv('7', 'new'), :'expected', 'a member of the reader that may export gets the file');
RESET SESSION AUTHORIZATION;
REVOKE export_leads_reader FROM web_backend;

-- A reader that row security would not bind. export_leads_check() reports each, and its remediation mends it.
CREATE FUNCTION test_reader(what text, breakage text, finding text, decision text DEFAULT NULL)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE breakage;
    RETURN NEXT is(test_error($sql$SELECT export_leads_csv('7', 'new')$sql$),
                   format('55000: %s ("SELECT * FROM public.export_leads_check()" shows what is wrong and how to mend '
                          'it.)', finding),
                   format('an export is refused where the reader %s', what));
    RETURN NEXT is((SELECT string_agg(detail, '; ') FROM export_leads_check()), concat_ws(': ', finding, decision),
                   format('export_leads_check() reports that the reader %s', what));
    PERFORM test_mend();
    ALTER TABLE leads OWNER TO crm_app; -- export_leads_check() does not guess the owner
    ALTER TABLE lead_statuses OWNER TO crm_app;
    ALTER TABLE call_log OWNER TO crm_app;
    PERFORM FROM export_leads_setup();
    RETURN NEXT is(export_leads_csv('7', 'new'), test_expected_csv('7', 'new'),
                   format('exports run again when the remediation has run for a reader that %s', what));
END;
$$;

SELECT test_reader('is a superuser', 'ALTER ROLE export_leads_reader SUPERUSER',
                   'role "export_leads_reader" is a superuser, whom row security does not bind');
SELECT test_reader('bypasses row security', 'ALTER ROLE export_leads_reader BYPASSRLS',
                   'role "export_leads_reader" bypasses row security');
SELECT test_reader('inherits from the owner',
                   'ALTER ROLE export_leads_reader INHERIT; GRANT crm_app TO export_leads_reader',
                   'role "export_leads_reader" is a member of role "crm_app"');
SELECT test_reader('is a member of the owner without inheriting',
                   'ALTER ROLE export_leads_reader NOINHERIT; GRANT crm_app TO export_leads_reader',
                   'role "export_leads_reader" is a member of role "crm_app"');
SELECT test_reader('reads all data', 'GRANT pg_read_all_data TO export_leads_reader',
                   'role "export_leads_reader" is a member of role "pg_read_all_data"');
SELECT test_reader('is a member of a role that has nothing',
                   'CREATE ROLE "a ""role"""; GRANT "a ""role""" TO export_leads_reader',
                   'role "export_leads_reader" is a member of role ""a ""role""""');
SELECT test_reader('owns the leads', 'ALTER TABLE leads OWNER TO export_leads_reader',
                   'role "export_leads_reader" owns table "public.leads"',
                   'give it to the role that it belongs to with ALTER TABLE ... OWNER TO');
SELECT test_reader('owns the statuses', 'ALTER TABLE lead_statuses OWNER TO export_leads_reader',
                   'role "export_leads_reader" owns table "public.lead_statuses"',
                   'give it to the role that it belongs to with ALTER TABLE ... OWNER TO');
SELECT test_reader('owns the calls', 'ALTER TABLE call_log OWNER TO export_leads_reader',
                   'role "export_leads_reader" owns table "public.call_log"',
                   'give it to the role that it belongs to with ALTER TABLE ... OWNER TO');

SELECT is(export_leads_csv('7', 'new'), :'expected',
          'the file is the same as at first after all these breakages and remediations');
SELECT is(export_leads_tenant(), NULL, 'export_leads_tenant() is NULL after all exports');

SELECT finish();
ROLLBACK;

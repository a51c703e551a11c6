-- The session's tenant as an expression: a claim of a token, or what the application's own function says. It is read as
-- the reader, in the sandbox, and no error repeats what the session holds.

BEGIN;
SELECT plan(54);
\i test/fixtures/application.sql
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT set_config('test.expected', test_expected_csv('7', 'new'), true) = '' AS ignored \gset
CREATE ROLE web;
GRANT EXECUTE ON FUNCTION export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound) TO web;

-- What an export of a tenant says to somebody: 'right', 'other bytes', or all that its error says.
CREATE FUNCTION test_export(tenant text DEFAULT '7', caller name DEFAULT 'web') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
    file text;
    detail text;
    hint text;
    context text;
BEGIN
    PERFORM set_config('role', caller, true);
    BEGIN
        EXECUTE 'SELECT export_leads_csv($1, $2)' INTO file USING tenant, 'new';
        outcome := CASE WHEN file = current_setting('test.expected') THEN 'right' ELSE 'other bytes' END;
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
        outcome := format('%s: %s | %s | %s | %s', SQLSTATE, SQLERRM, detail, hint, context);
    END;
    PERFORM set_config('role', 'none', true);
    RETURN outcome;
END;
$$;
CREATE FUNCTION test_claims(claims text) RETURNS text LANGUAGE sql
    AS $$ SELECT set_config('request.jwt.claims', claims, true) $$;
CREATE FUNCTION test_setup(arguments text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT * FROM export_leads_setup(%s)', arguments);
    RETURN 'set up';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;

-- Claims where a tenant is expected: a clear refusal.
SELECT is(test_setup($$session_setting => 'request.jwt.claims'$$), 'set up',
          'a setting that holds claims is taken for one that holds a tenant');
SELECT test_claims('{"email": "SECRET7", "tenant_id": 7}') IS NULL AS ignored \gset
SELECT matches(test_export(),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE 22P02. '
          '\| The setting "request.jwt.claims" holds no tenant', 'whose exports say so');
SELECT unalike(test_export(), '%SECRET7%', 'without the claims');
SELECT unalike(test_export(caller => current_user), '%SECRET7%', 'to nobody');

-- A claim.
SELECT is(test_setup($$session_tenant => 'current_setting(''request.jwt.claims'', true)::json ->> ''tenant_id''',
                       session_required => true$$), 'set up',
          'set-up takes an expression instead');
SELECT is((SELECT format('%s %s', session_setting, session_tenant) FROM export_leads_configuration),
          ' current_setting(''request.jwt.claims'', true)::json ->> ''tenant_id''', 'in the place of the setting');
SELECT is(test_export(), 'right', 'the claim''s tenant exports');
SELECT is(test_export('007'), 'right', 'compared as a value of its type');
SELECT matches(test_export('13'), '^42501: permission denied for this tenant \|', 'another one does not');
SELECT unalike(test_export('13'), '%SECRET7%', 'and learns nothing of the claims');
SELECT test_claims(claims) IS NULL AS ignored FROM (VALUES ('{"email": "SECRET7"}')) AS v (claims) \gset
SELECT matches(test_export(), '^42501: permission denied for this tenant \| .*The session has no tenant',
          'a session without the claim is refused');
-- What each of these says of the claims: nothing.
CREATE FUNCTION test_refused(claims text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test_claims(claims);
    RETURN NEXT matches(test_export(), '^42501: permission denied for this tenant \|', format('claims %s are refused',
        left(claims, 30)));
    RETURN NEXT unalike(test_export(), '%SECRET7%', 'and not repeated');
END;
$$;
SELECT test_refused(claims)
FROM unnest(ARRAY['{SECRET7', '"SECRET7"', '{"tenant_id": "SECRET7"}', '{"tenant_id": {"SECRET7": 7}}',
    '{"tenant_id": 99999999999999, "x": "SECRET7"}', '']) AS claims;
SELECT is(test_setup('session_required => false'), 'set up', 'a tenant need not be required');
SELECT test_claims('{"email": "SECRET7"}') IS NULL AS ignored \gset
SELECT is(test_export(), 'right', 'then a session without one may export');
SELECT test_refused('{"email": SECRET7}');

-- A function of the application's.
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO crm_app;
CREATE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_setting('app.claims', true) = 'broken' THEN
        RAISE EXCEPTION 'broken SECRET7' USING DETAIL = 'SECRET7', HINT = 'SECRET7';
    END IF;
    RETURN nullif(current_setting('app.tenant', true), '');
END;
$$;
SELECT is(test_setup($$session_tenant => 'auth.tenant()', session_required => true$$), 'set up',
          'the expression may call a function');
SELECT is(set_config('app.tenant', '7', true), '7', 'its session is of tenant 7');
REVOKE USAGE ON SCHEMA auth FROM export_leads_reader;
SELECT is((SELECT string_agg(name || ' ' || detail, ',') FROM export_leads_check() WHERE level = 'error'),
          'export_fails an export fails: permission denied for schema auth', 'the check says what the reader lacks');
SELECT matches(test_export(), '^55000: permission denied for schema auth \|', 'and so does an export');
ALTER TABLE leads DISABLE ROW LEVEL SECURITY;
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check() WHERE level = 'error'), 'row_security_disabled',
          'after what else is wrong');
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
GRANT USAGE ON SCHEMA auth TO export_leads_reader;
SELECT is(test_export(), 'right', 'a session of the tenant exports');
SELECT matches(test_export('13'), '^42501: ', 'not another');
REVOKE EXECUTE ON FUNCTION auth.tenant() FROM PUBLIC;
SELECT matches(test_export(), '^55000: role "export_leads_reader" has no EXECUTE on function auth.tenant\(\)',
          'the reader must be able to call it');
SELECT is((SELECT name || ' ' || remediation FROM export_leads_check() WHERE level = 'error'),
          'grant_missing GRANT EXECUTE ON FUNCTION auth.tenant() TO export_leads_reader;', 'as the check says');
GRANT EXECUTE ON FUNCTION auth.tenant() TO export_leads_reader;
SELECT set_config('app.claims', 'broken', true) IS NULL AS ignored \gset
SELECT matches(test_export(),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE P0001',
          'what it raises is a refusal');
SELECT unalike(test_export(), '%SECRET7%', 'and is not repeated');
SELECT set_config('app.claims', '', true) IS NULL AS ignored \gset

-- Nobody is somebody else by it, nor does anything.
CREATE TABLE noted (who name);
GRANT INSERT ON noted TO PUBLIC;
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.noted VALUES (current_user); RETURN 7; END $$;
SELECT matches(test_export(caller => current_user),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE 25006',
          'a function that writes is refused');
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN 7; END $$;
SELECT matches(test_export(caller => current_user),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE 42501',
          'so is one that changes the role');
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN RETURN CASE WHEN current_user = 'export_leads_reader' THEN 7 END; END $$;
SELECT is(test_export(caller => current_user), 'right', 'it runs as the reader, whoever calls');
CREATE FUNCTION public.tenant() RETURNS int LANGUAGE sql AS 'SELECT 7';
SELECT matches(test_setup($$session_tenant => 'tenant()'$$), '^42883: ',
          'a name that the caller''s search_path would decide is not found');
SELECT matches(test_setup(format('session_tenant => %L', expression)), '^42601: ', format('%s is refused', expression))
FROM unnest(ARRAY['(SELECT 7)', '7) FROM leads --', 'count(*)', '7; SELECT 8', '']) AS expression
    WHERE expression <> '';
SELECT is(test_setup($$session_tenant => 'auth.tenant()', session_setting => 'app.tenant'$$),
          '22023: the session''s tenant is either in a setting or what an expression says', 'one of the two is meant');
SELECT is((SELECT session_tenant FROM export_leads_configuration), 'auth.tenant()', 'nothing of it was stored');
SELECT is(test_setup($$session_setting => 'app.tenant'$$), 'set up', 'a setting replaces the expression');
SELECT is((SELECT format('%s %s', session_setting, session_tenant) FROM export_leads_configuration), 'app.tenant ',
          'which is gone');
SELECT is(test_setup($$session_tenant => 'auth.tenant()'$$), 'set up', 'and the other way round');
SELECT matches(test_setup($$session_tenant => ''$$), '^22023: a session''s tenant cannot be required',
          'what is required cannot be taken away');
SELECT is(test_setup($$session_tenant => '', session_required => false$$), 'set up', 'unless that is, too');
SELECT is(test_export('7'), 'right', 'and then no session needs a tenant');
SELECT finish();
ROLLBACK;

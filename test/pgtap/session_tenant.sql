-- The session's tenant may be an expression: a claim of a token, or what the application's own function returns. It is
-- read as the reader, in the sandbox, and no error repeats what the session holds.

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
          'set-up accepts the name of a setting that holds claims');
SELECT test_claims('{"email": "SECRET7", "tenant_id": 7}') IS NULL AS ignored \gset
SELECT matches(test_export(),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE 22P02. '
          '\| The setting "request.jwt.claims" holds no tenant',
               'an export says that a setting with claims holds no tenant');
SELECT unalike(test_export(), '%SECRET7%', 'an export does not repeat the claims in its error');
SELECT unalike(test_export(caller => current_user), '%SECRET7%',
               'an export does not repeat the claims to a superuser either');

-- A claim.
SELECT is(test_setup($$session_tenant => 'current_setting(''request.jwt.claims'', true)::json ->> ''tenant_id''',
                       session_required => true$$), 'set up',
          'set-up accepts an expression for the session''s tenant');
SELECT is((SELECT format('%s %s', session_setting, session_tenant) FROM export_leads_configuration),
          ' current_setting(''request.jwt.claims'', true)::json ->> ''tenant_id''',
          'the expression for the session''s tenant replaces the setting');
SELECT is(test_export(), 'right', 'the tenant of the claim can be exported');
SELECT is(test_export('007'), 'right', 'the tenant of the claim is compared as a value of its type');
SELECT matches(test_export('13'), '^42501: permission denied for this tenant \|',
               'another tenant than that of the claim is refused');
SELECT unalike(test_export('13'), '%SECRET7%', 'the refusal of another tenant does not repeat the claims');
SELECT test_claims(claims) IS NULL AS ignored FROM (VALUES ('{"email": "SECRET7"}')) AS v (claims) \gset
SELECT matches(test_export(), '^42501: permission denied for this tenant \| .*The session has no tenant',
          'a session without the claim is refused');
-- What each of these says of the claims: nothing.
CREATE FUNCTION test_refused(claims text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM test_claims(claims);
    RETURN NEXT matches(test_export(), '^42501: permission denied for this tenant \|',
                        format('a session with the claims %s is refused',
        left(claims, 30)));
    RETURN NEXT unalike(test_export(), '%SECRET7%',
                        format('the refusal does not repeat the claims %s', left(claims, 30)));
END;
$$;
SELECT test_refused(claims)
FROM unnest(ARRAY['{SECRET7', '"SECRET7"', '{"tenant_id": "SECRET7"}', '{"tenant_id": {"SECRET7": 7}}',
    '{"tenant_id": 99999999999999, "x": "SECRET7"}', '']) AS claims;
SELECT is(test_setup('session_required => false'), 'set up', 'set-up can be told that no tenant is required');
SELECT test_claims('{"email": "SECRET7"}') IS NULL AS ignored \gset
SELECT is(test_export(), 'right', 'a session without a tenant may export where none is required');
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
          'set-up accepts an expression that calls a function');
SELECT is(set_config('app.tenant', '7', true), '7', 'the session''s setting for that function can be set to tenant 7');
REVOKE USAGE ON SCHEMA auth FROM export_leads_reader;
SELECT is((SELECT string_agg(name || ' ' || detail, ',') FROM export_leads_check() WHERE level = 'error'),
          'export_fails an export fails: permission denied for schema auth',
          'export_leads_check() says which schema the reader lacks USAGE on');
SELECT matches(test_export(), '^55000: permission denied for schema auth \|',
               'an export says which schema the reader lacks USAGE on');
ALTER TABLE leads DISABLE ROW LEVEL SECURITY;
SELECT is((SELECT string_agg(name, ',') FROM export_leads_check() WHERE level = 'error'), 'row_security_disabled',
          'export_leads_check() finds disabled row security before the failing export');
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
GRANT USAGE ON SCHEMA auth TO export_leads_reader;
SELECT is(test_export(), 'right', 'a session of the tenant that the function returns may export');
SELECT matches(test_export('13'), '^42501: ', 'a session of another tenant than the function returns is refused');
REVOKE EXECUTE ON FUNCTION auth.tenant() FROM PUBLIC;
SELECT matches(test_export(), '^55000: role "export_leads_reader" has no EXECUTE on function auth.tenant\(\)',
          'an export says that the reader may not execute the function');
SELECT is((SELECT name || ' ' || remediation FROM export_leads_check() WHERE level = 'error'),
          'grant_missing GRANT EXECUTE ON FUNCTION auth.tenant() TO export_leads_reader;',
          'export_leads_check() prints the grant that the function needs');
GRANT EXECUTE ON FUNCTION auth.tenant() TO export_leads_reader;
SELECT set_config('app.claims', 'broken', true) IS NULL AS ignored \gset
SELECT matches(test_export(),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE P0001',
          'an error of the session_tenant function refuses the export');
SELECT unalike(test_export(), '%SECRET7%', 'an error of the session_tenant function is not repeated');
SELECT set_config('app.claims', '', true) IS NULL AS ignored \gset

-- The expression gives nobody other rights, and cannot write.
CREATE TABLE noted (who name);
GRANT INSERT ON noted TO PUBLIC;
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN INSERT INTO public.noted VALUES (current_user); RETURN 7; END $$;
SELECT matches(test_export(caller => current_user),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE 25006',
          'an export is refused where the session_tenant function writes');
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RESET ROLE; RETURN 7; END $$;
SELECT matches(test_export(caller => current_user),
          '^42501: permission denied for this tenant \| Reading the session''s tenant failed with SQLSTATE 42501',
          'an export is refused where the session_tenant function changes the role');
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS int LANGUAGE plpgsql
    AS $$ BEGIN RETURN CASE WHEN current_user = 'export_leads_reader' THEN 7 END; END $$;
SELECT is(test_export(caller => current_user), 'right',
          'the session_tenant function runs as the reader, whoever calls the export');
CREATE FUNCTION public.tenant() RETURNS int LANGUAGE sql AS 'SELECT 7';
SELECT matches(test_setup($$session_tenant => 'tenant()'$$), '^42883: ',
          'set-up does not look for the function of an expression in the caller''s search_path');
SELECT matches(test_setup(format('session_tenant => %L', expression)), '^42601: ',
               format('set-up refuses %s as session_tenant', expression))
FROM unnest(ARRAY['(SELECT 7)', '7) FROM leads --', 'count(*)', '7; SELECT 8', '']) AS expression
    WHERE expression <> '';
SELECT is(test_setup($$session_tenant => 'auth.tenant()', session_setting => 'app.tenant'$$),
          '22023: the session''s tenant is either in a setting or what an expression says',
          'set-up refuses session_tenant together with session_setting');
SELECT is((SELECT session_tenant FROM export_leads_configuration), 'auth.tenant()',
          'set-up stores nothing of what it refused');
SELECT is(test_setup($$session_setting => 'app.tenant'$$), 'set up',
          'set-up accepts a setting in the place of the expression');
SELECT is((SELECT format('%s %s', session_setting, session_tenant) FROM export_leads_configuration), 'app.tenant ',
          'a setting replaces the expression for the session''s tenant');
SELECT is(test_setup($$session_tenant => 'auth.tenant()'$$), 'set up',
          'set-up accepts an expression in the place of the setting');
SELECT matches(test_setup($$session_tenant => ''$$), '^22023: a session''s tenant cannot be required',
          'set-up refuses to take away the expression while a session''s tenant is required');
SELECT is(test_setup($$session_tenant => '', session_required => false$$), 'set up',
          'set-up takes away the expression together with the requirement');
SELECT is(test_export('7'), 'right', 'any session may export once the expression is taken away');
SELECT finish();
ROLLBACK;

-- Every function that exports keeps the promise: nothing of another tenant, the same result for every caller, and the
-- same refusals. A new function is a new row of test_exports.

BEGIN;
\i test/fixtures/application.sql
SELECT * FROM no_plan();
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset

-- A query of tenant, status and columns that makes one text of all that a function returns, except for what differs
-- between two runs of the same plan. A workbook becomes letters, since tenants are replaced in what is compared. Only
-- EXPLAIN reads no leads, only counting takes no columns, and only saving writes. The history and schedules read no
-- leads: history.sql and schedules.sql hold them to the same rules.
CREATE TABLE test_exports (
    name text PRIMARY KEY, function text, reads_leads boolean, query text, takes_columns boolean DEFAULT true,
    writes boolean DEFAULT false);
INSERT INTO test_exports VALUES
    ('csv', 'export_leads_csv', true, 'SELECT export_leads_csv(%s, %s, %s)'),
    ('csv_stream', 'export_leads_csv_stream', true,
     'SELECT string_agg(piece, '''' ORDER BY place) '
     'FROM export_leads_csv_stream(%s, %s, %s) WITH ORDINALITY AS s (piece, place)'),
    ('file', 'export_leads_file', true,
     'SELECT concat_ws('' '', filename, content_type, lead_count, convert_from(body, ''UTF8'')) '
     'FROM export_leads_file(%s, %s, ''csv'', %s)'),
    ('file_xlsx', 'export_leads_file', true,
     'SELECT concat_ws('' '', filename, content_type, lead_count, '
                       'translate(encode(body, ''hex''), ''0123456789'', ''ghijklmnop'')) '
     'FROM export_leads_file(%s, %s, ''xlsx'', %s)'),
    ('xlsx', 'export_leads_xlsx', true,
     'SELECT translate(encode(export_leads_xlsx(%s, %s, %s), ''hex''), ''0123456789'', ''ghijklmnop'')'),
    ('explain', 'export_leads_explain', false,
     'SELECT string_agg(regexp_replace(line, '' \(cost=.*'', ''''), '' '') '
     'FROM export_leads_explain(%s, %s, false, %s) AS line'),
    ('explain_analyze', 'export_leads_explain', true,
     'SELECT string_agg(regexp_replace(line, '' \(cost=.*'', ''''), '' '') '
     'FROM export_leads_explain(%s, %s, true, %s) AS line WHERE line !~ ''Time|Buffers|Memory|Removed''');
INSERT INTO test_exports VALUES
    ('count', 'export_leads_count', true, 'SELECT export_leads_count(%s, %s) || '' leads''', false, false),
    ('save', 'export_leads_save', true,
     'SELECT concat_ws('' '', filename, content_type, lead_count, size) FROM export_leads_save(%s, %s, ''csv'', %s)',
     true, true);
SELECT set_eq('SELECT function FROM test_exports',
              $$SELECT DISTINCT p.proname::text
                FROM pg_proc AS p JOIN pg_depend AS d
                     ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
                WHERE p.proargnames[1:2] = '{tenant,status}'
                  AND p.proname !~ '^_?export_leads_(history|schedule)$'$$,
              'test_exports has every function of the extension with the arguments tenant and status');

CREATE FUNCTION test_query(export text, tenant text DEFAULT '''7''', status text DEFAULT '''new''',
                           columns text DEFAULT 'NULL')
RETURNS text LANGUAGE sql AS
$$ SELECT format(e.query, tenant, status, columns) FROM test_exports AS e WHERE e.name = export $$;
-- What a query returns, or its error, as that caller.
CREATE FUNCTION test_result(query text, caller name DEFAULT 'none') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    PERFORM set_config('role', caller, true);
    EXECUTE query INTO result;
    PERFORM set_config('role', 'none', true);
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END;
$$;
-- Every export fails with an SQLSTATE while something is not as it should be; then the session and the exports are as
-- before. `what` says what is wrong.
CREATE FUNCTION test_every(what text, bring_about text, undo text, wanted text, caller name DEFAULT 'none',
                           tenant text DEFAULT '''7''', status text DEFAULT '''new''', columns text DEFAULT 'NULL',
                           only_reading boolean DEFAULT false)
RETURNS SETOF text
LANGUAGE plpgsql
AS $test$
DECLARE
    export record;
    before text;
    got text;
BEGIN
    EXECUTE bring_about;
    FOR export IN
        SELECT * FROM test_exports AS e
        WHERE (e.reads_leads OR NOT only_reading) AND (e.takes_columns OR columns = 'NULL')
    LOOP
        before := test_state() || COALESCE(export_leads_tenant(), '');
        got := test_result(test_query(export.name, tenant, status, columns), caller);
        RETURN NEXT is(left(got, 5), wanted, format('%s fails with %s: %s', export.name, wanted, what));
        RETURN NEXT ok(got NOT LIKE '%SECRET13%', format('%s tells nothing of another tenant: %s', export.name, what));
        RETURN NEXT is(test_state() || COALESCE(export_leads_tenant(), ''), before,
                       format('%s leaves the session as it was: %s', export.name, what));
    END LOOP;
    EXECUTE undo;
    RETURN NEXT is_empty('SELECT * FROM results EXCEPT SELECT * FROM expected',
                         format('all exports are right again when this is undone: %s', what));
END;
$test$;
CREATE VIEW results AS SELECT e.name, test_result(test_query(e.name)) AS result FROM test_exports AS e;
CREATE TABLE expected AS SELECT * FROM results;

-- Nothing of another tenant, neither in the result nor by a difference in it.
SELECT matches(result,
               CASE WHEN name LIKE '%xlsx' THEN translate('504b0304', '0123456789', 'ghijklmnop')
                    WHEN name = 'count' THEN '^[1-9][0-9]* leads$'
                    WHEN name = 'save' THEN '\.csv text/csv; charset=utf-8 [1-9]'
                    ELSE '7' END,
               format('%s exports the leads of tenant 7', name))
FROM expected;
SELECT unalike(test_result(test_query(e.name, status => status)), '%SECRET13%',
               format('%s returns nothing of another tenant for the status %s', e.name, status))
FROM test_exports AS e, unnest(ARRAY['''new''', '''hidden''', '''none''', '''VIP''']) AS status;
SELECT unalike(test_result(test_query(e.name, columns => columns)), '%SECRET13%',
               format('%s returns nothing of another tenant in the columns %s', e.name, columns))
FROM test_exports AS e, unnest(ARRAY['''{last_call_status}''', '''{status_name,notes}''']) AS columns;
SAVEPOINT others;
UPDATE leads SET notes = 'SECRET13 ' || id, status = 'new', created_at = created_at + interval '1 day'
WHERE tenant_id IS DISTINCT FROM 7;
UPDATE lead_statuses SET label = 'SECRET13 ' || id WHERE business_id IS DISTINCT FROM 7;
UPDATE call_log SET call_status = 'SECRET13 ' || id, created_at = created_at + interval '1 day'
WHERE business_id IS DISTINCT FROM 7;
SELECT is(test_result(test_query(e.name)), x.result,
          format('%s returns the same when the rows of other tenants have changed', e.name))
FROM test_exports AS e JOIN expected AS x USING (name);
DELETE FROM leads WHERE tenant_id IS DISTINCT FROM 7;
DELETE FROM lead_statuses WHERE business_id IS DISTINCT FROM 7;
DELETE FROM call_log WHERE business_id IS DISTINCT FROM 7;
SELECT is(test_result(test_query(e.name)), x.result,
          format('%s returns the same when there are no rows of other tenants', e.name))
FROM test_exports AS e JOIN expected AS x USING (name);
CREATE TEMP TABLE without_others AS
SELECT e.name, test_result(test_query(e.name, '''13''')) AS of_13, test_result(test_query(e.name, '''99''')) AS of_99
FROM test_exports AS e;
SELECT is(replace(of_13, '13', '99'), of_99,
          format('%s returns the same for a tenant without leads as for one that does not exist', name))
FROM without_others;
ROLLBACK TO others;

-- The three types of a tenant.
SELECT is(test_result(test_query(e.name, tenant)), x.result, format('%s takes %s for tenant 7', e.name, tenant))
FROM test_exports AS e JOIN expected AS x USING (name),
     unnest(ARRAY['7', '7::bigint', ''' 7''', '''7''::text']) AS tenant;

-- Who calls.
CREATE ROLE web_backend NOLOGIN;
CREATE ROLE auditor NOLOGIN BYPASSRLS;
CREATE ROLE nobody_in_particular NOLOGIN;
SELECT test_every('a call right after CREATE EXTENSION', 'SELECT', 'SELECT', '42501', 'nobody_in_particular');
SELECT test_every('a call of the tables'' owner right after CREATE EXTENSION', 'SELECT', 'SELECT', '42501', 'crm_app');
CREATE FUNCTION test_grant(grantees text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN SELECT p.oid FROM pg_proc AS p WHERE p.proname IN (SELECT e.function FROM test_exports AS e) LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', function, grantees);
    END LOOP;
END;
$$;
SELECT test_grant('web_backend, auditor, crm_app') AS granted \gset
SELECT is(test_result(test_query(e.name), caller), x.result,
          format('%s returns the same for role "%s"', e.name, caller))
FROM test_exports AS e JOIN expected AS x USING (name),
     unnest(ARRAY['web_backend', 'auditor', 'crm_app', session_user]) AS caller;
SET row_security = off;
SELECT is(test_result(test_query(e.name), 'web_backend'), x.result,
          format('%s returns the same with row_security = off', e.name))
FROM test_exports AS e JOIN expected AS x USING (name);
RESET row_security;
SELECT test_every('a call of a role without EXECUTE', 'SELECT', 'SELECT', '42501', 'nobody_in_particular');

-- Which tenant.
SELECT test_every('a session of another tenant, as ' || caller,
                  $$SELECT set_config('app.tenant_id', '13', true)
                    FROM export_leads_setup(session_setting => 'app.tenant_id')$$,
                  $$SELECT set_config('app.tenant_id', '', true)$$, '42501', caller)
FROM unnest(ARRAY['web_backend', 'none']) AS caller;
SELECT test_every('a session without a tenant where one is required',
                  'SELECT export_leads_setup(session_required => true)',
                  $$SELECT export_leads_setup(session_setting => '', session_required => false)$$, '42501',
                  'web_backend');
SELECT test_every('a caller without a grant where grants are required',
                  'SELECT export_leads_setup(grants_required => true)',
                  'SELECT export_leads_setup(grants_required => false)', '42501', 'web_backend');

-- Arguments.
SELECT test_every('the tenant ' || tenant, 'SELECT', 'SELECT', '22004', tenant => tenant)
FROM unnest(ARRAY['NULL', 'NULL::bigint', 'NULL::uuid']) AS tenant;
SELECT test_every('the tenant 7 OR 1=1', 'SELECT', 'SELECT', '22P02', tenant => '''7 OR 1=1''');
SELECT test_every('the status NULL', 'SELECT', 'SELECT', '22004', status => 'NULL');
SELECT test_every('a label instead of a status', 'SELECT', 'SELECT', '22023', status => '''חדש''');
SELECT test_every('an unknown column', 'SELECT', 'SELECT', '22023', columns => '''{city}''');

-- What is no longer safe.
SELECT test_every(breakage, breakage, undo, '55000')
FROM (VALUES ('DROP POLICY export_leads_only_tenant ON leads', 'SELECT export_leads_setup()'),
             ('DROP POLICY export_leads_tenant_rows ON call_log', 'SELECT export_leads_setup()'),
             ('ALTER POLICY export_leads_only_tenant ON lead_statuses USING (true)', 'SELECT export_leads_setup()'),
             ('ALTER TABLE leads DISABLE ROW LEVEL SECURITY', 'ALTER TABLE leads ENABLE ROW LEVEL SECURITY'),
             ('ALTER TABLE call_log DISABLE ROW LEVEL SECURITY', 'ALTER TABLE call_log ENABLE ROW LEVEL SECURITY'),
             ('CREATE POLICY site ON leads AS RESTRICTIVE USING (id > 3)', 'DROP POLICY site ON leads'),
             ('ALTER ROLE export_leads_reader BYPASSRLS', 'ALTER ROLE export_leads_reader NOBYPASSRLS'),
             ('GRANT crm_app TO export_leads_reader', 'REVOKE crm_app FROM export_leads_reader'),
             ('ALTER TABLE leads OWNER TO export_leads_reader',
              'ALTER TABLE leads OWNER TO crm_app; SELECT export_leads_setup()'),
             ('REVOKE SELECT (created_at) ON leads FROM export_leads_reader', 'SELECT export_leads_setup()'),
             ('REVOKE EXECUTE ON FUNCTION export_leads_tenant() FROM export_leads_reader',
              'SELECT export_leads_setup()')) AS v (breakage, undo);

-- Code of the site's that runs in an export: it may not export, write, or become another role.
CREATE FUNCTION site_code(id int) RETURNS boolean LANGUAGE plpgsql AS
$$BEGIN EXECUTE current_setting('test.code'); RETURN true; END$$;
CREATE FUNCTION site_code_of_the_chief(code text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$BEGIN EXECUTE code; END$$;
CREATE POLICY site ON leads AS RESTRICTIVE USING (public.site_code(id));
SELECT count(*) AS steps FROM export_leads_setup(accepted_policies => '{site}', mutable_policies => '{site}') \gset
SELECT set_config('test.code', 'SELECT 1', true) AS code \gset
-- The plan now has the policy in it.
UPDATE expected AS e SET result = r.result FROM results AS r WHERE r.name = e.name AND e.name LIKE 'explain%';
SELECT test_every('a policy that runs ' || what, format('SELECT set_config(%L, %L, true)', 'test.code', code),
                  'SELECT set_config(''test.code'', ''SELECT 1'', true)', error, only_reading => true)
FROM (SELECT name,
             format('SELECT public.site_code_of_the_chief(%L)',
                    replace(replace(test_query(name), 'export_leads', 'public.export_leads'), 'test_', 'public.test_')),
             '55006'
      FROM test_exports
      UNION ALL
      VALUES ('INSERT', 'INSERT INTO public.call_log (id) VALUES (1000)', '25006'),
             ('SET ROLE', 'SET ROLE crm_app', '42501'),
             ('CREATE TEMP TABLE', 'CREATE TEMP TABLE t ()', '25006'),
             ('a division by zero', 'SELECT 1 / 0', '22012')) AS v (what, code, error);
-- What the code sets ends with the export, and the export leaves its own transaction as it was, also without an
-- EXCEPTION block around it.
CREATE FUNCTION test_direct(export text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before CONSTANT text := test_state();
    result text;
BEGIN
    EXECUTE test_query(export) INTO result;
    RETURN CASE WHEN test_state() <> before THEN 'another state'
                WHEN export_leads_tenant() IS NOT NULL THEN 'a tenant'
                ELSE result END;
END;
$$;
SELECT set_config('test.code', 'SELECT set_config(''work_mem'', ''65kB'', false), '
                                      'set_config(''app.tenant_id'', ''13'', false)', true) AS code \gset
SELECT is(test_direct(name), result, format('%s is right, and what a policy''s code sets in it does not stay', name))
FROM expected;
SELECT is(current_setting('transaction_read_only'), 'off',
          'the transaction is writable after exports whose policy made settings');
DROP POLICY site ON leads;
UPDATE expected AS e SET result = r.result FROM results AS r WHERE r.name = e.name AND e.name LIKE 'explain%';

-- Read-only from here to the end of the savepoint.
SAVEPOINT writable;
SET TRANSACTION READ ONLY;
SELECT COALESCE(string_agg(e.name, ','), '') AS wrong
FROM (SELECT * FROM results EXCEPT SELECT * FROM expected) AS e JOIN test_exports AS t USING (name)
WHERE NOT t.writes \gset
SELECT string_agg(result, '; ') AS written FROM results JOIN test_exports USING (name) WHERE writes \gset
SELECT current_setting('transaction_read_only') AS read_only \gset
ROLLBACK TO writable;
SELECT is(:'wrong'::text, '', 'all exports are right in a read-only transaction');
SELECT is(:'written'::text, '25006: cannot execute export_leads_save() in a read-only transaction',
          'a read-only transaction refuses to save');
SELECT is(:'read_only'::text, 'on', 'a read-only transaction is still read-only after exports');
SELECT is(current_setting('transaction_read_only'), 'off',
          'the transaction is writable again after the read-only savepoint');

SELECT finish();
ROLLBACK;

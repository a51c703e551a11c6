-- The session's tenant and grants decide who may export which tenant, and messages do not tell a tenant that is not the
-- caller's from one that does not exist.

BEGIN;
\i test/fixtures/application.sql
SELECT plan(49);
CREATE EXTENSION export_leads;
SELECT count(*) AS steps FROM export_leads_setup() \gset
SELECT test_expected_csv('7', 'new') AS expected \gset
CREATE ROLE manager;
CREATE ROLE sales;
CREATE ROLE sales_agent IN ROLE sales;
CREATE ROLE sales_trainee NOINHERIT IN ROLE sales;
CREATE ROLE chief SUPERUSER;
CREATE ROLE boss IN ROLE manager;
GRANT EXECUTE ON FUNCTION export_leads_csv(text, text, text[], export_leads_time_bound, export_leads_time_bound)
    TO sales, sales_agent, sales_trainee, boss, manager;

-- What an export says: 'right', 'other bytes' or the error.
CREATE FUNCTION test_export_as(caller name, tenant text DEFAULT '7')
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    outcome text;
    file text;
BEGIN
    PERFORM set_config('role', caller, true);
    BEGIN
        EXECUTE 'SELECT export_leads_csv($1, $2)' INTO file USING tenant, 'new';
        outcome := CASE WHEN tenant IN ('7', ' 7 ') AND file = current_setting('test.expected') THEN 'right'
                        ELSE 'other bytes' END;
    EXCEPTION WHEN OTHERS THEN
        outcome := SQLSTATE || ': ' || SQLERRM;
    END;
    PERFORM set_config('role', 'none', true);
    RETURN outcome;
END;
$$;
SELECT set_config('test.expected', :'expected', true) = '' AS ignored \gset
CREATE FUNCTION test_setup(arguments text) RETURNS bigint LANGUAGE plpgsql AS
$$
DECLARE
    rows bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM export_leads_setup(%s)', arguments) INTO rows;
    RETURN rows;
END;
$$;

-- The session's tenant.
SELECT cmp_ok(test_setup($$session_setting => 'app.tenant_id'$$), '>', 0::bigint,
              'set-up takes the name of the session''s setting');
SELECT is(test_export_as('boss'), 'right', 'a session without a tenant may export where none is required');
SELECT set_config('app.tenant_id', '13', true);
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant', 'a session of another tenant is refused');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant',
          'a superuser''s session of another tenant is refused');
SELECT is(test_export_as('boss', '99'), '42501: permission denied for this tenant',
          'a session of another tenant is refused with the same words for a tenant that nobody has');
SELECT set_config('app.tenant_id', '007', true);
SELECT is(test_export_as('boss'), 'right', 'tenants are compared as values of the column''s type');
SELECT is(test_export_as('boss', ' 7 '), 'right',
          'a tenant given with spaces is compared as a value of the column''s type');
SELECT set_config('app.tenant_id', 'seven', true);
SELECT matches(test_export_as('boss'), '^42501: ', 'a session whose tenant is not of the column''s type is refused');
SELECT set_config('app.tenant_id', '', true);
SELECT is(test_export_as('boss'), 'right', 'an empty session''s tenant is none, and may export where none is required');

SELECT cmp_ok(test_setup('session_required => true'), '>', 0::bigint,
              'set-up keeps the setting when it is told that it is required');
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant',
          'a session without a tenant is refused where one is required');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant',
          'a superuser''s session without a tenant is refused where one is required');
SELECT cmp_ok(test_setup($$session_administrators => 'manager'$$), '>', 0::bigint,
              'set-up exempts a role from the session''s tenant');
SELECT is(test_export_as('boss'), 'right', 'a member of the exempt role may export without a session''s tenant');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant',
          'superusers do not count as members of the exempt role');
SELECT is(test_export_as('sales'), '42501: permission denied for this tenant',
          'a role that is no member of the exempt role is refused');
SELECT cmp_ok(test_setup($$session_administrators => '-'$$), '>', 0::bigint, 'the exemption can be taken back');
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant',
          'a member is refused once the exemption was taken back');
SELECT is_empty($$SELECT object FROM export_leads_setup() WHERE object = 'session_administrators'$$,
                'a second set-up keeps that no role is exempt');
SELECT cmp_ok(test_setup($$session_administrators => 'manager'$$), '>', 0::bigint, 'set-up exempts the role again');
SELECT set_config('app.tenant_id', '13', true);
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant',
          'a member of the exempt role is refused where the session has another tenant');
SELECT is(test_export_as('boss', NULL), '22004: tenant must not be null',
          'a member of the exempt role cannot export the tenant NULL');
SELECT is(test_error($$SELECT * FROM export_leads_setup(session_setting => 'tenant')$$),
          '22023: "tenant" is not the name of a setting of an application''s own '
          '(Name it as the application sets it, such as app.tenant_id.)',
          'set-up refuses a setting that is none of an application''s');
SELECT is(test_error($$SELECT * FROM export_leads_setup(session_setting => '')$$),
          '22023: a session''s tenant cannot be required without the setting that holds it '
          '(Name the setting, or give an expression as session_tenant: '
          'SELECT * FROM public.export_leads_setup(session_setting => ''...'');)',
          'set-up refuses to require a session''s tenant without a setting');
SELECT cmp_ok(test_setup($$session_setting => '', session_required => false$$), '>', 0::bigint,
              'set-up takes the session''s tenant away again');
SELECT is(test_export_as('boss'), 'right', 'a session of another tenant may export once the setting was taken away');

-- Grants.
SELECT cmp_ok(test_setup('grants_required => true'), '>', 0::bigint, 'set-up can require grants');
SELECT is(test_export_as('sales'), '42501: permission denied for this tenant',
          'a role without a grant is refused where grants are required');
SELECT is(test_export_as('sales', '99'), '42501: permission denied for this tenant',
          'a role without a grant is refused with the same words for a tenant that nobody has');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant',
          'a superuser without a grant is refused where grants are required');
SELECT lives_ok($$SELECT export_leads_grant('sales', ' 007')$$,
                'a grant can be given for a tenant written with a space and zeros');
SELECT lives_ok($$SELECT export_leads_grant('sales', 7)$$, 'a grant can be given twice');
SELECT results_eq('SELECT tenant COLLATE "default", grantee COLLATE "default" FROM export_leads_grants',
                  $$VALUES ('7', 'sales')$$, 'a grant is stored once, with the tenant as its type prints it');
SELECT is(test_export_as('sales'), 'right', 'a role with a grant may export');
SELECT is(test_export_as('sales_agent'), 'right', 'a role that inherits a grant may export');
SELECT is(test_export_as('sales_trainee'), '42501: permission denied for this tenant',
          'a member that does not inherit a grant is refused');
SELECT is(test_export_as('sales', '13'), '42501: permission denied for this tenant',
          'a role with a grant for one tenant is refused another');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant',
          'superusers inherit no grants by being superusers');
SELECT cmp_ok(test_setup('superusers_exempt => true'), '>', 0::bigint, 'set-up can exempt superusers from grants');
SELECT is(test_export_as('chief'), 'right', 'a superuser may export without a grant where superusers are exempt');
SELECT lives_ok($$SELECT export_leads_revoke('sales', 7)$$, 'a grant can be taken back');
SELECT is(test_export_as('sales_agent'), '42501: permission denied for this tenant',
          'a role is refused once the grant it inherited was taken back');
SELECT is(test_error($$SELECT export_leads_grant('sales', 'seven')$$),
          '22P02: invalid input syntax for type integer: "seven"',
          'a grant for a value that is not of the tenant''s type is refused');
SELECT is(test_error($$SELECT export_leads_grant('sales', NULL::text)$$), '22004: tenant must not be null',
          'a grant for the tenant NULL is refused');
SELECT is(test_error($$SELECT export_leads_grant(NULL, 7)$$), '22004: role must not be null',
          'a grant to the role NULL is refused');
SELECT is(test_error($$SELECT export_leads_revoke('sales', NULL::bigint)$$), '22004: tenant must not be null',
          'taking back a grant for the tenant NULL is refused');
SELECT is(test_error($$SELECT export_leads_revoke(NULL, 7)$$), '22004: role must not be null',
          'taking back a grant from the role NULL is refused');
SELECT cmp_ok(test_setup('grants_required => false'), '>', 0::bigint, 'set-up can stop requiring grants');
SELECT is(test_export_as('sales'), 'right', 'a role without a grant may export once none is required');

SELECT finish();
ROLLBACK;

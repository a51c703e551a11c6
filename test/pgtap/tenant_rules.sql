-- Who may ask for which tenant: the session's tenant, grants, and messages that don't tell a tenant that is not yours
-- from one that is not there.

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
        outcome := CASE WHEN tenant IN ('7', ' 7 ') AND file = current_setting('test.expected') THEN 'right' ELSE 'other bytes' END;
    EXCEPTION WHEN OTHERS THEN
        outcome := SQLSTATE || ': ' || SQLERRM;
    END;
    PERFORM set_config('role', 'none', true);
    RETURN outcome;
END;
$$;
SELECT set_config('test.expected', :'expected', true) = '' AS ignored \gset
CREATE FUNCTION test_setup(arguments text) RETURNS bigint LANGUAGE plpgsql AS
$$ DECLARE rows bigint; BEGIN EXECUTE format('SELECT count(*) FROM export_leads_setup(%s)', arguments) INTO rows; RETURN rows; END $$;

-- The session's tenant.
SELECT cmp_ok(test_setup($$session_setting => 'app.tenant_id'$$), '>', 0::bigint, 'set-up takes the name of the session''s setting');
SELECT is(test_export_as('boss'), 'right', 'a session without a tenant may export where none is required');
SELECT set_config('app.tenant_id', '13', true);
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant', 'a session of another tenant is refused');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant', 'a superuser''s too');
SELECT is(test_export_as('boss', '99'), '42501: permission denied for this tenant', 'with the same words for a tenant that nobody has');
SELECT set_config('app.tenant_id', '007', true);
SELECT is(test_export_as('boss'), 'right', 'tenants are compared as values of the column''s type');
SELECT is(test_export_as('boss', ' 7 '), 'right', 'on both sides');
SELECT set_config('app.tenant_id', 'seven', true);
SELECT matches(test_export_as('boss'), '^42501: ', 'a session''s tenant that is none is refused, and not the caller''s argument blamed');
SELECT set_config('app.tenant_id', '', true);
SELECT is(test_export_as('boss'), 'right', 'an empty one is missing, which is allowed so far');

SELECT cmp_ok(test_setup('session_required => true'), '>', 0::bigint, 'set-up keeps the setting when it is told that it is required');
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant', 'a session without a tenant is refused now');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant', 'a superuser''s too');
SELECT cmp_ok(test_setup($$session_administrators => 'manager'$$), '>', 0::bigint, 'a role may do without');
SELECT is(test_export_as('boss'), 'right', 'its members may');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant', 'superusers are not its members');
SELECT is(test_export_as('sales'), '42501: permission denied for this tenant', 'nor are others');
SELECT cmp_ok(test_setup($$session_administrators => '-'$$), '>', 0::bigint, 'the exemption can be taken back');
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant', 'and its members are refused again');
SELECT is_empty($$SELECT object FROM export_leads_setup() WHERE object = 'session_administrators'$$, 'which is kept');
SELECT cmp_ok(test_setup($$session_administrators => 'manager'$$), '>', 0::bigint, 'and given again');
SELECT set_config('app.tenant_id', '13', true);
SELECT is(test_export_as('boss'), '42501: permission denied for this tenant', 'an administrator''s session of another tenant is refused');
SELECT is(test_export_as('boss', NULL), '22004: tenant must not be null', 'NULL means no tenant for administrators, too');
SELECT is(test_error($$SELECT * FROM export_leads_setup(session_setting => 'tenant')$$),
          '22023: "tenant" is not the name of a setting of an application''s own (Name it as the application sets it, such as app.tenant_id.)',
          'a setting of PostgreSQL''s own is refused');
SELECT is(test_error($$SELECT * FROM export_leads_setup(session_setting => '')$$),
          '22023: a session''s tenant cannot be required without the setting that holds it (Name the setting, or give an '
          'expression as session_tenant: SELECT * FROM public.export_leads_setup(session_setting => ''...'');)',
          'a required tenant without a setting is refused');
SELECT cmp_ok(test_setup($$session_setting => '', session_required => false$$), '>', 0::bigint, 'the lock can be taken off');
SELECT is(test_export_as('boss'), 'right', 'and is off');

-- Grants.
SELECT cmp_ok(test_setup('grants_required => true'), '>', 0::bigint, 'set-up requires grants');
SELECT is(test_export_as('sales'), '42501: permission denied for this tenant', 'a role without a grant is refused');
SELECT is(test_export_as('sales', '99'), '42501: permission denied for this tenant', 'with the same words for a tenant that nobody has');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant', 'a superuser, too');
SELECT lives_ok($$SELECT export_leads_grant('sales', ' 007')$$, 'a grant is of a tenant, however it is written');
SELECT lives_ok($$SELECT export_leads_grant('sales', 7)$$, 'to grant it again changes nothing');
SELECT results_eq('SELECT tenant COLLATE "default", grantee COLLATE "default" FROM export_leads_grants', $$VALUES ('7', 'sales')$$, 'it is kept as the type prints it');
SELECT is(test_export_as('sales'), 'right', 'a role with a grant exports');
SELECT is(test_export_as('sales_agent'), 'right', 'so does a role that inherits it');
SELECT is(test_export_as('sales_trainee'), '42501: permission denied for this tenant', 'a member that does not inherit must SET ROLE');
SELECT is(test_export_as('sales', '13'), '42501: permission denied for this tenant', 'it is for no other tenant');
SELECT is(test_export_as('chief'), '42501: permission denied for this tenant', 'superusers inherit no grants by being superusers');
SELECT cmp_ok(test_setup('superusers_exempt => true'), '>', 0::bigint, 'superusers may be exempt');
SELECT is(test_export_as('chief'), 'right', 'and are then');
SELECT lives_ok($$SELECT export_leads_revoke('sales', 7)$$, 'a grant can be taken back');
SELECT is(test_export_as('sales_agent'), '42501: permission denied for this tenant', 'and is');
SELECT is(test_error($$SELECT export_leads_grant('sales', 'seven')$$), '22P02: invalid input syntax for type integer: "seven"', 'what is no tenant cannot be granted');
SELECT is(test_error($$SELECT export_leads_grant('sales', NULL::text)$$), '22004: tenant must not be null', 'nor can no tenant');
SELECT is(test_error($$SELECT export_leads_grant(NULL, 7)$$), '22004: role must not be null', 'nor to no role');
SELECT is(test_error($$SELECT export_leads_revoke('sales', NULL::bigint)$$), '22004: tenant must not be null', 'no tenant is taken back');
SELECT is(test_error($$SELECT export_leads_revoke(NULL, 7)$$), '22004: role must not be null', 'nor from no role');
SELECT cmp_ok(test_setup('grants_required => false'), '>', 0::bigint, 'the lock can be taken off');
SELECT is(test_export_as('sales'), 'right', 'and is off');

SELECT finish();
ROLLBACK;

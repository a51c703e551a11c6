-- Internal functions that read a site's expression as the owner of the leads do so only for callers who could be that
-- owner anyway: a role that was granted all functions of the schema, as is easily done, cannot name a superuser's table
-- and have its own code run as that superuser.

BEGIN;
SET client_min_messages = warning;
\i test/fixtures/application.sql
CREATE SCHEMA export_leads;
CREATE EXTENSION export_leads SCHEMA export_leads;
SELECT count(*) AS steps FROM export_leads.export_leads_setup() \gset
CREATE ROLE web;
CREATE SCHEMA web AUTHORIZATION web;
GRANT USAGE ON SCHEMA web TO PUBLIC;
GRANT USAGE ON SCHEMA export_leads TO web;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA export_leads TO web;

-- A literal of this type calls rise(), whose lock tells whom it ran as.
SET ROLE web;
CREATE FUNCTION web.rise() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(23, (SELECT oid::int FROM pg_roles WHERE rolname = current_user));
    RETURN true;
END;
$$;
CREATE DOMAIN web.word AS text CHECK (web.rise());
RESET ROLE;

-- The leads in a configuration that the caller makes up: whose owner is a superuser.
CREATE FUNCTION test_catalog_as_leads(OUT configuration text) LANGUAGE sql AS $$
    SELECT format('jsonb_populate_record(NULL::export_leads.export_leads_configuration, %L)',
                  to_jsonb(c) || '{"leads": "pg_authid", "lead_id": "oid", "lead_tenant": "rolconnlimit",
                                   "lead_status": "rolname", "lead_created_at": "rolvaliduntil", "phone": null,
                                   "email": null, "source": null, "notes": null,
                                   "full_name": "(''{x}''::web.word[])[1]"}')
    FROM export_leads.export_leads_configuration AS c
$$;
-- Which superusers rise() runs as when `web` makes a call; what that does is undone.
CREATE FUNCTION test_rises(call text, OUT roles text) LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL ROLE web;
    PERFORM public.test_error(call);
    RESET ROLE;
    SELECT string_agg(DISTINCT r.rolname, ', ') INTO roles
    FROM pg_locks AS l JOIN pg_roles AS r ON r.oid = l.objid
    WHERE l.locktype = 'advisory' AND l.classid = 23 AND l.pid = pg_backend_pid() AND r.rolsuper;
    RAISE EXCEPTION USING ERRCODE = 'P0100';
EXCEPTION WHEN SQLSTATE 'P0100' THEN
    RETURN;
END;
$$;
CREATE TEMP TABLE calls (call text);
INSERT INTO calls VALUES
    ('_export_leads_functions_of(%s, ''(''''{x}''''::web.word[])[1]'')'),
    ('_export_leads_functions_of(%s, NULL)'),
    ('_export_leads_require_one_meaning(%s, ''(''''{x}''''::web.word[])[1]'')'),
    ('_export_leads_require_one_meaning(%s, NULL)'),
    ('_export_leads_expression_columns(%s, ''(''''{x}''''::web.word[])[1]'')'),
    ('_export_leads_required_columns(%s)');
GRANT EXECUTE ON FUNCTION test_error(text) TO web;

SELECT plan((SELECT count(*) FROM calls)::int);
SELECT is(test_rises(format('SELECT export_leads.%s', format(call, test_catalog_as_leads()))), NULL,
          format('%s runs nothing as a superuser when its caller is none', format(call, '...')))
FROM calls;
SELECT finish();
ROLLBACK;

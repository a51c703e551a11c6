
-- Which roles may export: an application's role is granted all functions that an application calls, at once.

-- Those functions, and which of them show leads. Explaining a plan is for DBAs only.
CREATE FUNCTION @extschema@._export_leads_application_functions()
RETURNS TABLE (function regprocedure, owner oid, acl aclitem[], shows_leads boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.oid::regprocedure, p.proowner, COALESCE(p.proacl, acldefault('f', p.proowner)), f.shows_leads
    FROM (VALUES ('export_leads_csv', true), ('export_leads_csv_stream', true), ('export_leads_xlsx', true),
                 ('export_leads_file', true), ('export_leads_count', true), ('export_leads_filename', false),
                 ('export_leads_available_columns', false), ('export_leads_save', true),
                 ('export_leads_history', false), ('export_leads_saved', true),
                 ('export_leads_saved_pieces', true), ('export_leads_forget', false),
                 ('export_leads_deliveries', false),
                 ('export_leads_schedule', false), ('export_leads_schedules', false), ('export_leads_pause', false),
                 ('export_leads_unschedule', false), ('export_leads_next_runs', false)) AS f (name, shows_leads)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_application_functions() IS
    'Internal: what export_leads_allow() and export_leads_forbid() are about';

-- Who may be given functions: `deed` is what they are for, `hint` says whose role is meant. Refuses roles that must not
-- have them, and callers who cannot grant as the functions' owner: PostgreSQL would at most warn them.
CREATE FUNCTION @extschema@._export_leads_require_grantee(
    role regrole,
    functions regprocedure[],
    deed text,
    hint text
)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF role IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'role must not be null';
    ELSIF role = 0::regrole THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('not everybody can be allowed to %s', deed),
            HINT = hint;
    ELSIF role = to_regrole('@reader@') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'role "@reader@" is the one that exports read as',
            HINT = hint;
    ELSIF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.oid = role) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('role with OID %s does not exist', role::oid);
    ELSIF EXISTS (SELECT FROM pg_proc AS p
                  WHERE p.oid = ANY (functions::oid[]) AND NOT pg_has_role(p.proowner, 'USAGE')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = 'only the owner of the functions may let others call them',
            HINT = 'Call this as a superuser.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_grantee(regrole, regprocedure[], text, text) IS
    'Internal: refuses roles that must not be given functions of the extension, for export_leads_allow() and its kin';

-- Gives a role these functions, and the schema to call them in.
CREATE FUNCTION @extschema@._export_leads_give(role regrole, functions regprocedure[], deed text, hint text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_grantee(role, functions, deed, hint);
    EXECUTE (SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s', string_agg(f.function::text, ', '), role)
             FROM unnest(functions) AS f (function));
    IF NOT has_schema_privilege(role, '@extschema@'::regnamespace, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', '@extschema@', role);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_give(regrole, regprocedure[], text, text) IS
    'Internal: gives a role functions of the extension, for export_leads_allow() and its kin';

-- Whether the schema holds nothing but the extension: otherwise a role may need USAGE on it for something else.
CREATE FUNCTION @extschema@._export_leads_owns_schema()
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT NOT EXISTS (SELECT
                       FROM pg_depend AS d
                       WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = e.extnamespace
                         AND (d.classid, d.objid) <> ('pg_extension'::regclass, e.oid)
                         AND NOT EXISTS (SELECT FROM pg_depend AS m
                                         WHERE (m.classid, m.objid) = (d.classid, d.objid) AND m.deptype = 'e'
                                           AND (m.refclassid, m.refobjid) = ('pg_extension'::regclass, e.oid)))
    FROM pg_extension AS e
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_owns_schema() IS
    'Internal: whether nothing else is in the extension''s schema, for export_leads_forbid() and its kin';

CREATE FUNCTION @extschema@._export_leads_take(role regrole, functions regprocedure[], deed text, hint text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    extension CONSTANT oid := (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads');
BEGIN
    PERFORM @extschema@._export_leads_require_grantee(role, functions, deed, hint);
    EXECUTE (SELECT format('REVOKE EXECUTE ON ROUTINE %s FROM %s', string_agg(f.function::text, ', '), role)
             FROM unnest(functions) AS f (function));
    -- A role with other privileges on members of the extension still needs the schema.
    IF @extschema@._export_leads_owns_schema()
       AND NOT EXISTS (SELECT
                       FROM pg_depend AS d
                       LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
                       LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
                       CROSS JOIN LATERAL aclexplode(COALESCE(p.proacl, c.relacl)) AS acl
                       WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = extension AND d.deptype = 'e'
                         AND acl.grantee = role AND acl.grantee <> COALESCE(p.proowner, c.relowner)) THEN
        EXECUTE format('REVOKE USAGE ON SCHEMA %s FROM %s', '@extschema@', role);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_take(regrole, regprocedure[], text, text) IS
    'Internal: takes back what _export_leads_give() gave';

CREATE FUNCTION @extschema@._export_leads_allow(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_give(
               role, ARRAY(SELECT f.function FROM @extschema@._export_leads_application_functions() AS f),
               'export'::text, 'Name the role that the application connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@._export_leads_allow(regrole) IS
    'Internal: what export_leads_allow() does';

CREATE FUNCTION @extschema@.export_leads_allow(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT @extschema@._export_leads_allow(role);
    SELECT @extschema@._export_leads_tell_change();
END;
COMMENT ON FUNCTION @extschema@.export_leads_allow(regrole) IS
    'Lets an application''s role, and whoever has its privileges, export: all that it calls, and the schema';

CREATE FUNCTION @extschema@._export_leads_forbid(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_take(
               role, ARRAY(SELECT f.function FROM @extschema@._export_leads_application_functions() AS f),
               'export'::text, 'Name the role that the application connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@._export_leads_forbid(regrole) IS
    'Internal: what export_leads_forbid() does';

CREATE FUNCTION @extschema@.export_leads_forbid(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT @extschema@._export_leads_forbid(role);
    SELECT @extschema@._export_leads_tell_change();
END;
COMMENT ON FUNCTION @extschema@.export_leads_forbid(regrole) IS
    'Takes back what export_leads_allow() gave';

CREATE FUNCTION @extschema@._export_leads_check_applications(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'nobody_may_export', 'info', 'export_leads',
           'nobody but superusers may export: tell @extschema@.export_leads_allow() which role the application has',
           NULL
    WHERE (configuration).leads IS NOT NULL
      AND NOT EXISTS (SELECT
                      FROM @extschema@._export_leads_application_functions() AS f
                      CROSS JOIN LATERAL aclexplode(f.acl) AS acl
                      LEFT JOIN pg_roles AS r ON r.oid = acl.grantee
                      WHERE f.shows_leads
                        AND (acl.grantee = 0
                             OR (NOT r.rolsuper
                                 AND has_schema_privilege(r.oid, '@extschema@'::regnamespace, 'USAGE'))));
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_applications(@extschema@.export_leads_configuration) IS
    'Internal: whether any application may export, for export_leads_check()';

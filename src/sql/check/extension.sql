
-- The check's part about the extension itself: its privileges, its reader and its library.

-- `library` is the version of the loaded library; NULL where it cannot be loaded, which is a finding of its own.
CREATE FUNCTION @extschema@._export_leads_check_extension(library text)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH extension AS (
        SELECT e.oid, e.extversion FROM pg_extension AS e WHERE e.extname = 'export_leads'
    ), member AS (
        SELECT d.classid, d.objid
        FROM pg_depend AS d JOIN extension AS e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    )
    SELECT 'execute_public', 'warning', p.oid::regprocedure::text,
           format('anybody may call function %s', p.oid::regprocedure),
           format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC;', p.oid::regprocedure)
    FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
    WHERE EXISTS (SELECT
                  FROM aclexplode(COALESCE(p.proacl, acldefault('f', p.proowner))) AS acl
                  WHERE acl.grantee = 0)
      -- These do nothing without a seal, and outside an export: see _export_leads_take_setup().
      AND p.proname <> '_export_leads_at'
      AND NOT (p.proname = 'export_leads_tenant' AND NOT @extschema@._export_leads_is_coordinator())
      -- Casts are for everybody: they show nothing but what they are given.
      AND NOT EXISTS (SELECT FROM pg_cast AS c WHERE c.castfunc = p.oid)
    UNION ALL
    SELECT 'table_public', 'warning', c.oid::regclass::text,
           format('anybody has privileges on table "%s"', c.oid::regclass),
           format('REVOKE ALL ON TABLE %s FROM PUBLIC;', c.oid::regclass)
    FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    WHERE c.relkind = 'r' AND EXISTS (SELECT FROM aclexplode(c.relacl) AS acl WHERE acl.grantee = 0)
    UNION ALL
    SELECT 'reader_login', 'warning', r.rolname,
           format('role "%s" can log in', r.rolname),
           format('ALTER ROLE %I NOLOGIN;', r.rolname)
    FROM pg_roles AS r
    WHERE r.rolname = '@reader@' AND r.rolcanlogin
    UNION ALL
    -- The reader's restrictive policies also bind its members.
    SELECT 'reader_granted', 'warning', g.rolname,
           format('role "%s" is a member of role "%s", and so sees no rows of the tables that exports read',
                  g.rolname, r.rolname),
           format('REVOKE %I FROM %I%s;', r.rolname, g.rolname, ' GRANTED BY ' || quote_ident(o.rolname))
    FROM pg_auth_members AS m
    JOIN pg_roles AS r ON r.oid = m.roleid
    JOIN pg_roles AS g ON g.oid = m.member
    LEFT JOIN pg_roles AS o ON o.oid = m.grantor
    WHERE r.rolname = '@reader@'
      AND NOT g.rolsuper
      AND NOT g.rolbypassrls
      AND pg_has_role(g.oid, r.oid, 'USAGE')
    UNION ALL
    SELECT 'library_version', 'warning', 'export_leads',
           format('the library that this session has loaded is of version %s, the extension of version %s',
                  library, e.extversion),
           CASE WHEN library = a.default_version THEN 'ALTER EXTENSION export_leads UPDATE;'
                ELSE '-- connect again: this session has loaded another library than the one that is installed'
           END
    FROM extension AS e LEFT JOIN pg_available_extensions AS a ON a.name = 'export_leads'
    WHERE e.extversion <> library;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_extension(text) IS
    'Internal: the extension''s privileges, reader and library, for export_leads_check()';


-- Keeps the extension's schema closed to others. Superusers run set-up, the check and teardown, which call functions of
-- this schema by name. Whoever may create functions there could add one that matches a call better than ours, and it
-- would run as a superuser: so only superusers may.
--
-- The functions of this part, and those that people call, have bodies that are parsed when they are created: what they
-- call is fixed then, and a function that is added later is never called instead.

-- What would let anyone who is neither a superuser nor a member of a superuser's role have code of theirs called: one
-- row for each statement that takes it away.
CREATE FUNCTION @extschema@._export_leads_check_schema()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH home AS (
        SELECT e.oid AS extension, n.oid, n.oid::regnamespace::text AS name, n.nspowner, n.nspacl
        FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE e.extname = 'export_leads'
    ), member AS (
        SELECT d.classid, d.objid
        FROM pg_depend AS d JOIN home AS h ON h.extension = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    ), acting AS (
        -- pg_database_owner stands for whoever owns the database.
        SELECT r.oid, CASE r.rolname WHEN 'pg_database_owner' THEN d.datdba ELSE r.oid END AS role,
               CASE r.rolname WHEN 'pg_database_owner'
                              THEN format('%I (who owns the database)', pg_get_userbyid(d.datdba))
                              ELSE r.oid::regrole::text END AS who
        FROM pg_roles AS r JOIN pg_database AS d ON d.datname = current_database()
    ), stranger AS (
        SELECT a.oid, a.oid::regrole::text AS name, a.who
        FROM acting AS a
        WHERE NOT EXISTS (SELECT FROM pg_roles AS s WHERE s.rolsuper AND pg_has_role(a.role, s.oid, 'MEMBER'))
        UNION ALL
        SELECT 0::oid, 'PUBLIC', 'PUBLIC'
    ), relation AS (
        SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, c.relrowsecurity
        FROM member AS m JOIN pg_class AS c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
    ), owned AS (
        SELECT c.relowner AS owner, format('ALTER TABLE %s OWNER TO CURRENT_USER;', c.oid::regclass) AS mending
        FROM relation AS c
        WHERE c.relkind = 'r'
        UNION ALL
        SELECT p.proowner, format('ALTER %s %s OWNER TO CURRENT_USER;',
                                  CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END, p.oid::regprocedure)
        FROM member AS m JOIN pg_proc AS p ON m.classid = 'pg_proc'::regclass AND p.oid = m.objid
    ), privilege AS (
        -- Whoever writes the configuration decides what superusers run; who may export what is not only for them. What
        -- is kept, scheduled and delivered is written by the reader, too, under row security.
        SELECT 'schema' AS kind, h.name, h.nspowner AS owner, NULL AS part, acl.grantor, acl.grantee, acl.privilege_type
        FROM home AS h CROSS JOIN LATERAL aclexplode(h.nspacl) AS acl
        WHERE acl.privilege_type = 'CREATE'
        UNION ALL
        SELECT 'table', c.oid::regclass::text, c.relowner, a.part, acl.grantor, acl.grantee, acl.privilege_type
        FROM relation AS c
        CROSS JOIN LATERAL (
            SELECT NULL AS part, c.relacl AS acl
            UNION ALL
            SELECT format(' (%I)', attribute.attname), attribute.attacl
            FROM pg_attribute AS attribute
            WHERE attribute.attrelid = c.oid AND attribute.attacl IS NOT NULL
        ) AS a
        CROSS JOIN LATERAL aclexplode(a.acl) AS acl
        WHERE acl.privilege_type IN ('TRIGGER', 'REFERENCES')
           OR (acl.privilege_type <> 'SELECT' AND c.relname <> 'export_leads_grants'
               AND NOT (c.relrowsecurity AND acl.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')
                        AND acl.grantee = to_regrole('@reader@')))
    ), granted AS (
        SELECT p.kind, p.name, p.owner, p.grantor, s.name AS grantee, s.who,
               string_agg(concat(p.privilege_type, p.part), ', ' ORDER BY p.privilege_type, p.part) AS privileges
        FROM privilege AS p JOIN stranger AS s ON s.oid = p.grantee
        WHERE p.grantee <> p.owner
        GROUP BY p.kind, p.name, p.owner, p.grantor, s.name, s.who
    )
    SELECT 'schema_renamed', 'error', format('schema %s', h.name),
           format('the schema of export_leads was renamed from %s to %s%s', '@extschema@', h.name,
                  CASE WHEN to_regnamespace('@extschema@') IS NOT NULL
                       THEN ', and another schema has that name now' END),
           concat('ALTER SCHEMA ' || to_regnamespace('@extschema@')::text
                  || ' RENAME TO former_' || to_regnamespace('@extschema@')::oid || '; ',
                  format('ALTER SCHEMA %s RENAME TO %s;', h.name, '@extschema@'))
    FROM home AS h
    WHERE to_regnamespace('@extschema@')::oid IS DISTINCT FROM h.oid
    UNION ALL
    SELECT 'schema_open', 'error', format('schema %s', h.name),
           format('schema %s belongs to %s, and functions could be created in it that superusers would call', h.name,
                  s.who),
           format('ALTER SCHEMA %s OWNER TO CURRENT_USER;', h.name)
    FROM home AS h JOIN stranger AS s ON s.oid = h.nspowner
    UNION ALL
    SELECT g.kind || '_open', 'error', format('%s %s', g.kind, g.name),
           format('%s has %s on %s %s, and so could make superusers call functions',
                  g.who, g.privileges, g.kind, g.name),
           format(CASE WHEN g.grantor = g.owner THEN 'REVOKE %2$s ON %3$s %4$s FROM %5$s CASCADE;'
                       ELSE 'SET ROLE %1$s; REVOKE %2$s ON %3$s %4$s FROM %5$s CASCADE; RESET ROLE;' END,
                  g.grantor::regrole, g.privileges, upper(g.kind), g.name, g.grantee)
    FROM granted AS g
    UNION ALL
    SELECT 'table_open', 'error', format('trigger %I on table %s', t.tgname, t.tgrelid::regclass),
           format('trigger %I on table %s runs somebody else''s code as whoever writes the table',
                  t.tgname, t.tgrelid::regclass),
           format('DROP TRIGGER %I ON %s;', t.tgname, t.tgrelid::regclass)
    FROM relation AS c
    JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal
    JOIN pg_proc AS p ON p.oid = t.tgfoid
    -- A trigger's condition may call any function.
    WHERE t.tgqual IS NOT NULL OR EXISTS (SELECT FROM stranger AS s WHERE s.oid = p.proowner)
    UNION ALL
    SELECT 'table_open', 'error', format('foreign key %I on table %s', f.conname, f.conrelid::regclass),
           format('whoever writes table %s writes table %s, too, by its foreign key',
                  f.confrelid::regclass, f.conrelid::regclass),
           format('ALTER TABLE %s DROP CONSTRAINT %I;', f.conrelid::regclass, f.conname)
    FROM relation AS c JOIN pg_constraint AS f ON f.contype = 'f' AND f.confrelid = c.oid
    WHERE f.conrelid NOT IN (SELECT own.oid FROM relation AS own)
    UNION ALL
    SELECT 'member_owned', 'error', s.name,
           format('functions or tables of export_leads belong to %s, and could be replaced', s.who),
           string_agg(o.mending, ' ' ORDER BY o.mending)
    FROM owned AS o JOIN stranger AS s ON s.oid = o.owner
    GROUP BY s.name, s.who
    UNION ALL
    SELECT 'function_foreign', 'error', format('function %s', p.oid::regprocedure),
           format('function %s is named like one of export_leads'' own, but is not one of them', p.oid::regprocedure),
           format('DROP ROUTINE %s;', p.oid::regprocedure)
    FROM home AS h JOIN pg_proc AS p ON p.pronamespace = h.oid
    WHERE p.proname ~ '^_?export_leads'
      AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
      -- A superuser's function beside ours is harmless, unless it has the name of one of ours.
      AND (EXISTS (SELECT FROM stranger AS s WHERE s.oid = p.proowner)
           OR EXISTS (SELECT
                      FROM member AS m JOIN pg_proc AS own ON m.classid = 'pg_proc'::regclass AND own.oid = m.objid
                      WHERE own.proname = p.proname));
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_schema() IS
    'Internal: who else could have functions called by whoever runs set-up and the check, for export_leads_check()';

CREATE FUNCTION @extschema@._export_leads_raise(message text, hint text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = message, HINT = hint;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_raise(text, text) IS
    'Internal: raises 55000';

CREATE FUNCTION @extschema@._export_leads_require_closed_schema()
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_raise(c.detail, 'Mend it first: ' || c.remediation)
    FROM @extschema@._export_leads_check_schema() AS c
    LIMIT 1;
END;
COMMENT ON FUNCTION @extschema@._export_leads_require_closed_schema() IS
    'Internal: raises 55000 where somebody else could have functions called';

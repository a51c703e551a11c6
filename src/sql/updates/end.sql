
-- Drops the functions that this version no longer has, and lets whoever could call one of them call what replaced it:
-- the functions of its name, where 0.1.0's names for internal functions lack the underscore, and of those the functions
-- whose arguments begin with its own, if there are any.
DO $$
DECLARE
    former jsonb := current_setting('export_leads_update.functions');
    gone oid[];
    granting text;
    dropping text;
BEGIN
    -- A comment that somebody else wrote meanwhile is of another transaction than this one.
    SELECT COALESCE(pg_catalog.array_agg(f.id::oid), '{}')
    INTO gone
    FROM jsonb_to_recordset(former) AS f (id bigint, comment text)
    WHERE NOT EXISTS (SELECT
                      FROM pg_description AS c
                      JOIN pg_description AS ours ON ours.xmin = c.xmin
                      WHERE c.classoid = 'pg_proc'::regclass AND c.objoid = f.id::oid
                        AND c.ctid::text IS DISTINCT FROM f.comment
                        AND ours.classoid = 'pg_proc'::regclass
                        AND ours.objoid = '@extschema@.export_leads_tenant()'::regprocedure);

    -- Whoever could call it when the update began, or was allowed to while it waited for a lock.
    SELECT pg_catalog.string_agg(DISTINCT format('GRANT EXECUTE ON ROUTINE %s TO %s%s;', n.function, a.grantee,
                                                 CASE WHEN a.with_grant_option THEN ' WITH GRANT OPTION' END), ' ')
    INTO granting
    FROM jsonb_to_recordset(former) AS f (id bigint, name text, arguments text[], grants jsonb)
    CROSS JOIN LATERAL (
        SELECT a.grantee, a.with_grant_option
        FROM jsonb_to_recordset(f.grants) AS a (grantee text, with_grant_option boolean)
        UNION
        SELECT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END, acl.is_grantable
        FROM pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS acl
        WHERE p.oid = f.id::oid AND acl.grantee <> p.proowner
    ) AS a
    CROSS JOIN LATERAL (
        SELECT p.oid::regprocedure AS function,
               pg_catalog.rank() OVER (ORDER BY (p.proname = f.name) DESC,
                                                (string_to_array(p.proargtypes::text, ' '))[:cardinality(f.arguments)]
                                                = f.arguments DESC) AS rank
        FROM pg_proc AS p
        JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')
          AND p.proname IN (f.name, '_' || f.name) AND p.oid <> ALL (gone)
    ) AS n
    WHERE n.rank = 1 AND f.id::oid = ANY (gone);

    -- All at once, since they may depend on one another.
    SELECT pg_catalog.string_agg(p.oid::regprocedure::text, ', ')
    INTO dropping
    FROM pg_proc AS p
    WHERE p.oid = ANY (gone);
    IF dropping IS NOT NULL THEN
        EXECUTE pg_catalog.format('DROP ROUTINE %s', dropping);
    END IF;
    IF granting IS NOT NULL THEN
        EXECUTE granting;
    END IF;
END;
$$;

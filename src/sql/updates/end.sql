
-- Drops the functions that this version no longer has, and lets whoever could call one of them call what replaced it:
-- the functions of its name, where 0.1.0's names for internal functions lack the underscore, and of those the functions
-- whose arguments begin with its own, if there are any.
DO $$
DECLARE
    gone text;
    granting text;
BEGIN
    SELECT pg_catalog.string_agg(p.oid::regprocedure::text, ', ')
    INTO gone
    FROM jsonb_to_recordset(current_setting('export_leads_update.functions')::jsonb) AS f (id bigint, place text)
    JOIN pg_proc AS p ON p.oid = f.id AND p.ctid::text = f.place;
    IF gone IS NOT NULL THEN
        -- All at once, since they may depend on one another.
        EXECUTE pg_catalog.format('DROP FUNCTION %s', gone);
    END IF;

    SELECT pg_catalog.string_agg(DISTINCT format('GRANT EXECUTE ON FUNCTION %s TO %s%s;', n.function, a.grantee,
                                                 CASE WHEN a.with_grant_option THEN ' WITH GRANT OPTION' END), ' ')
    INTO granting
    FROM jsonb_to_recordset(current_setting('export_leads_update.functions')::jsonb)
         AS f (id bigint, name text, arguments text[], grants jsonb)
    CROSS JOIN LATERAL jsonb_to_recordset(f.grants) AS a (grantee text, with_grant_option boolean)
    CROSS JOIN LATERAL (
        SELECT p.oid::regprocedure AS function,
               pg_catalog.rank() OVER (ORDER BY (p.proname = f.name) DESC,
                                                (string_to_array(p.proargtypes::text, ' '))[:cardinality(f.arguments)]
                                                = f.arguments DESC) AS rank
        FROM pg_proc AS p
        JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')
          AND p.proname IN (f.name, '_' || f.name)
    ) AS n
    WHERE n.rank = 1 AND NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.oid = f.id);
    IF granting IS NOT NULL THEN
        EXECUTE granting;
    END IF;
END;
$$;

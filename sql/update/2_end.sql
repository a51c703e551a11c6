
-- The exports of version 0.1.0 had two arguments. Whoever might call one may call what replaces it.
DO $$
DECLARE
    former record;
BEGIN
    FOR former IN
        SELECT p.oid::regprocedure AS function, p.oid = acl.oid AS is_granted, acl.grantee, acl.is_grantable,
               format('%s.export_leads_csv(%s, text, text[], timestamptz, timestamptz)', '@extschema@', p.proargtypes[0]::regtype) AS successor
        FROM pg_proc AS p
        LEFT JOIN (SELECT g.oid, a.grantee, a.is_grantable FROM pg_proc AS g, aclexplode(g.proacl) AS a WHERE a.grantee NOT IN (0, g.proowner)) AS acl
               ON acl.oid = p.oid
        WHERE p.pronamespace = '@extschema@'::regnamespace AND p.proname = 'export_leads_csv' AND p.pronargs = 2
    LOOP
        IF former.is_granted THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s%s', former.successor, former.grantee::regrole,
                           CASE WHEN former.is_grantable THEN ' WITH GRANT OPTION' END);
        END IF;
    END LOOP;
END;
$$;
DROP FUNCTION @extschema@.export_leads_csv(bigint, text), @extschema@.export_leads_csv(uuid, text), @extschema@.export_leads_csv(text, text);

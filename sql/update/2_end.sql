
-- The exports of version 0.1.0 had two arguments. Whoever may call one, PUBLIC too, may call what replaces it.
DO $$
DECLARE
    former record;
BEGIN
    FOR former IN
        SELECT p.proargtypes[0]::regtype AS tenant, acl.is_grantable,
               CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
        FROM pg_proc AS p, aclexplode(p.proacl) AS acl
        WHERE p.pronamespace = '@extschema@'::regnamespace AND p.proname = 'export_leads_csv' AND p.pronargs = 2
          AND acl.grantee <> p.proowner
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s.export_leads_csv(%s, text, text[], timestamptz, timestamptz) TO %s%s',
                       '@extschema@', former.tenant, former.grantee, CASE WHEN former.is_grantable THEN ' WITH GRANT OPTION' END);
    END LOOP;
END;
$$;
DROP FUNCTION @extschema@.export_leads_csv(bigint, text), @extschema@.export_leads_csv(uuid, text), @extschema@.export_leads_csv(text, text);

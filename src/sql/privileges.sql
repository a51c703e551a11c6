
-- The privileges on the extension's functions and tables: whatever the default privileges of this database are, nobody
-- but the owner has any until a site grants them. The types of the tables' rows stay as they are: whoever might use one
-- in the way of an update might as well make a view of the table, and pg_dump would warn of their privileges each time.
DO $$
DECLARE
    member record;
BEGIN
    FOR member IN
        SELECT CASE d.classid WHEN 'pg_proc'::regclass THEN 'ROUTINE ' || d.objid::regprocedure
                              ELSE 'TABLE ' || d.objid::regclass END AS object,
               CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
        FROM pg_depend AS d
        LEFT JOIN pg_proc AS p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
        LEFT JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
        CROSS JOIN LATERAL aclexplode(CASE WHEN p.oid IS NOT NULL THEN COALESCE(p.proacl, acldefault('f', p.proowner))
                                           ELSE COALESCE(c.relacl, acldefault('r', c.relowner)) END) AS acl
        WHERE d.refclassid = 'pg_extension'::regclass
          AND d.refobjid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'export_leads')
          AND d.deptype = 'e'
          AND NOT format('%s:%s', d.classid, d.objid)
                  = ANY (string_to_array(current_setting('export_leads_update.members'), ','))
          AND (p.oid IS NOT NULL OR c.relkind = 'r')
          AND acl.grantee <> COALESCE(p.proowner, c.relowner)
        GROUP BY 1, 2
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON %s FROM %s', member.object, member.grantee);
    END LOOP;
END;
$$;

-- A cast runs with the privileges of whoever uses it: all who may call an export may pass it a time of any type.
GRANT EXECUTE ON FUNCTION @extschema@._export_leads_time_bound(timestamptz),
                          @extschema@._export_leads_time_bound(timestamp),
                          @extschema@._export_leads_time_bound(date) TO PUBLIC;
REVOKE ALL ON TYPE @extschema@.export_leads_time_bound FROM PUBLIC;


-- Which roles may deliver: a mailer's role is granted the functions that a mailer calls, at once. They are the owner's,
-- run as the owner, and reach the deliveries of all tenants and nothing else.

CREATE FUNCTION @extschema@._export_leads_mailer_functions()
RETURNS regprocedure[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(p.oid::regprocedure ORDER BY p.oid)
    FROM unnest(ARRAY['export_leads_claim_deliveries', 'export_leads_delivery_file', 'export_leads_delivery_done',
                      'export_leads_delivery_failed', 'export_leads_next_delivery'])
         AS f (name)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_mailer_functions() IS
    'Internal: what export_leads_allow_mailer() and export_leads_forbid_mailer() are about';

CREATE FUNCTION @extschema@.export_leads_allow_mailer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_give(role, @extschema@._export_leads_mailer_functions(), 'deliver exports'::text,
                                          'Name the role that the mailer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_allow_mailer(regrole) IS
    'Lets a mailer''s role, and whoever has its privileges, take the files that are to be delivered, of all tenants';

CREATE FUNCTION @extschema@.export_leads_forbid_mailer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_take(role, @extschema@._export_leads_mailer_functions(), 'deliver exports'::text,
                                          'Name the role that the mailer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_forbid_mailer(regrole) IS
    'Takes back what export_leads_allow_mailer() gave';

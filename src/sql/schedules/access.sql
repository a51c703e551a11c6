
-- What a timer's role calls.
CREATE FUNCTION @extschema@._export_leads_timer_functions()
RETURNS regprocedure[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(p.oid::regprocedure ORDER BY p.oid)
    FROM unnest(ARRAY['export_leads_run_due', '_export_leads_can_commit', 'export_leads_begin_runs',
                      'export_leads_recover_runs', 'export_leads_claim_run', 'export_leads_run',
                      'export_leads_fail_run', 'export_leads_release_runs', 'export_leads_purge'])
         AS f (name)
    JOIN pg_proc AS p ON p.proname = f.name
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
    WHERE e.extname = 'export_leads';
END;
COMMENT ON FUNCTION @extschema@._export_leads_timer_functions() IS
    'Internal: what export_leads_allow_timer() and export_leads_forbid_timer() are about';

CREATE FUNCTION @extschema@.export_leads_allow_timer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_give(role, @extschema@._export_leads_timer_functions(), 'run schedules'::text,
                                          'Name the role that the timer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_allow_timer(regrole) IS
    'Lets a timer''s role run what is due and purge, and nothing else';

CREATE FUNCTION @extschema@.export_leads_forbid_timer(role regrole)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_take(role, @extschema@._export_leads_timer_functions(), 'run schedules'::text,
                                          'Name the role that the timer connects as.'::text);
END;
COMMENT ON FUNCTION @extschema@.export_leads_forbid_timer(regrole) IS
    'Takes back what export_leads_allow_timer() gave';


-- A schedule's run: its row of the history was there, as 'running', before the export began.

CREATE FUNCTION @extschema@._export_leads_save_for(
    of_tenant text, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, export_id uuid)
RETURNS bigint
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_save_for';
COMMENT ON FUNCTION @extschema@._export_leads_save_for(text, text, text, text[], text, text, text, text, uuid) IS
    'Internal: exports on behalf of a role, and keeps the file in a row of the history that is there';

-- Makes the export that a run has begun, and returns how many leads it has. Raises 42501 where the role that made the
-- schedule is gone, may no longer save exports, or lacks a grant for the tenant.
CREATE FUNCTION @extschema@._export_leads_run_claimed(export_id uuid)
RETURNS bigint
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    run @extschema@.export_leads_exports;
BEGIN
    SELECT * INTO run
    FROM @extschema@.export_leads_exports AS e
    WHERE e.export_id = $1 AND e.state = 'running'
    FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM @extschema@._export_leads_raise_no_export($1);
    ELSIF NOT EXISTS (SELECT
                      FROM @extschema@._export_leads_application_functions() AS f
                      JOIN pg_proc AS p ON p.oid = f.function AND p.proname = 'export_leads_save'
                      JOIN pg_roles AS r ON r.rolname = run.role
                      WHERE has_function_privilege(r.oid, p.oid, 'EXECUTE')) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role "%s", which made this schedule, may no longer export', run.role),
            HINT = 'Let it export again with @extschema@.export_leads_allow(), or have another make the schedule anew.';
    END IF;
    RETURN @extschema@._export_leads_save_for(run.tenant, run.status, run.format, run.columns, run.created_from,
                                              run.created_to, run.requested_by, run.role, run.export_id);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_run_claimed(uuid) IS
    'Internal: makes the export that a schedule''s run has begun';

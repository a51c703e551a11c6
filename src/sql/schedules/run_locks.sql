
-- Who works on a run.

-- A session that works on a run holds an advisory lock of the session, from before the run can be seen until after its
-- end: its second key is the run's hash of four bytes. PostgreSQL releases it with the session, however that ends.
CREATE FUNCTION @extschema@._export_leads_try_lock_run(export_id uuid)
RETURNS boolean
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT pg_try_advisory_lock(@extschema@._export_leads_lock_class(text 'run'), uuid_hash(export_id));
END;
COMMENT ON FUNCTION @extschema@._export_leads_try_lock_run(uuid) IS
    'Internal: takes the lock that says who works on a run, unless another session has it';

CREATE FUNCTION @extschema@._export_leads_locked_runs()
RETURNS SETOF int
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT l.objid::int8::bit(32)::int
    FROM pg_locks AS l
    WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.objsubid = 2
      AND l.classid = @extschema@._export_leads_lock_class(text 'run')::oid;
END;
COMMENT ON FUNCTION @extschema@._export_leads_locked_runs() IS
    'Internal: the hashes of the runs whose locks this session has';

-- A lock may have been taken more than once, where a call was cancelled.
CREATE FUNCTION @extschema@._export_leads_release_runs()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    hash int;
BEGIN
    LOOP
        SELECT * INTO hash FROM @extschema@._export_leads_locked_runs() LIMIT 1;
        EXIT WHEN NOT FOUND;
        PERFORM pg_advisory_unlock(@extschema@._export_leads_lock_class(text 'run'), hash);
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_release_runs() IS
    'Internal: releases the locks of runs that this session has';

CREATE FUNCTION @extschema@.export_leads_release_runs()
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_release_runs() IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

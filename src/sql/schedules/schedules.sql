
-- Schedules of one tenant. Each function here runs as the reader in a call for its tenant, export_leads_X() as
-- _export_leads_X(), and sees that tenant's rows by row security as well as by its own conditions.

-- How often a run is tried before its schedule is paused.
CREATE FUNCTION @extschema@._export_leads_tries()
RETURNS int
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 6;
END;
COMMENT ON FUNCTION @extschema@._export_leads_tries() IS
    'Internal: how many failures in a row pause a schedule';

-- The advisory locks of schedules: the classes are the first of the two keys with which PostgreSQL takes a lock. A
-- site's own locks with the same keys would make calls wait, and dead runs look alive, but do no other harm.
CREATE FUNCTION @extschema@._export_leads_lock_class(purpose text)
RETURNS int
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE purpose WHEN 'schedules of a tenant' THEN 1701601652 WHEN 'run' THEN 1701601653 END;
END;
COMMENT ON FUNCTION @extschema@._export_leads_lock_class(text) IS
    'Internal: the first key of an advisory lock';

CREATE FUNCTION @extschema@._export_leads_schedule(
    tenant text, status text, at time, weekdays int[], month_days int[], time_zone text, format text, columns text[],
    period text, recipients text[], requested_by text, name text)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
BEGIN
    schedule.tenant := tenant;
    schedule.name := name;
    schedule.status := status;
    schedule.at := at;
    schedule.weekdays := weekdays;
    schedule.month_days := month_days;
    schedule.time_zone := COALESCE(time_zone, (SELECT COALESCE(c.shown_time_zone, c.time_zone)
                                               FROM @extschema@.export_leads_configuration AS c));
    schedule.format := format;
    schedule.columns := columns;
    schedule.period := period;
    schedule.recipients := recipients;
    schedule.requested_by := requested_by;
    schedule := @extschema@._export_leads_checked_schedule(schedule);
    -- Two calls at once must not both make the last one.
    PERFORM pg_advisory_xact_lock(@extschema@._export_leads_lock_class('schedules of a tenant'), hashtext(tenant));
    IF (SELECT t.schedules >= 100 FROM @extschema@._export_leads_latest_totals(tenant) AS t) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'a tenant cannot have more than 100 schedules',
            HINT = 'Take one away first: export_leads_unschedule().';
    END IF;
    schedule.due := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                       schedule.time_zone, clock_timestamp());
    INSERT INTO @extschema@.export_leads_schedules AS s
        (tenant, name, status, at, weekdays, month_days, time_zone, format, columns, period, recipients, requested_by,
         role, next_run, due)
    VALUES
        (schedule.tenant, schedule.name, schedule.status, schedule.at, schedule.weekdays, schedule.month_days,
         schedule.time_zone, schedule.format, schedule.columns, schedule.period, schedule.recipients,
         schedule.requested_by, @extschema@._export_leads_caller(), schedule.due, schedule.due)
    RETURNING s.schedule_id INTO schedule.schedule_id;
    RETURN schedule.schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_schedule(
    text, text, time, int[], int[], text, text, text[], text, text[], text, text) IS
    'Internal: what export_leads_schedule() does';

CREATE FUNCTION @extschema@._export_leads_schedules(tenant text)
RETURNS TABLE (schedule_id uuid, name text, status text, format text, columns text[], period text, at time,
               weekdays int[], month_days int[], time_zone text, recipients text[], requested_by text, role text,
               created_at timestamptz, next_run timestamptz, paused boolean, paused_by text, is_running boolean,
               failures int, last_error text, last_success timestamptz, last_export uuid, last_state text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.schedule_id, s.name, s.status, s.format, s.columns, s.period, s.at, s.weekdays, s.month_days, s.time_zone,
           s.recipients, s.requested_by, s.role, s.created_at, s.next_run, s.paused,
           CASE WHEN NOT s.paused THEN NULL WHEN s.failures >= @extschema@._export_leads_tries() THEN 'failures'
                ELSE 'request' END,
           s.running IS NOT NULL, s.failures, s.last_error, s.last_success, e.export_id, e.state
    FROM @extschema@.export_leads_schedules AS s
    LEFT JOIN LATERAL (SELECT e.export_id, e.state
                       FROM @extschema@.export_leads_exports AS e
                       WHERE e.tenant = s.tenant AND e.schedule_id = s.schedule_id
                       ORDER BY e.started_at DESC
                       LIMIT 1) AS e ON true
    WHERE s.tenant = _export_leads_schedules.tenant
    ORDER BY s.created_at, s.schedule_id;
END;
COMMENT ON FUNCTION @extschema@._export_leads_schedules(text) IS
    'Internal: what export_leads_schedules() does';

-- A schedule of the tenant, locked; raises P0002 where there is none.
CREATE FUNCTION @extschema@._export_leads_require_schedule(tenant text, schedule_id uuid)
RETURNS @extschema@.export_leads_schedules
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
BEGIN
    IF schedule_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'schedule_id must not be null',
            HINT = 'export_leads_schedules() lists the schedules of a tenant.';
    END IF;
    SELECT * INTO schedule
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.tenant = tenant AND s.schedule_id = schedule_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('there is no schedule %s', schedule_id),
            HINT = 'export_leads_schedules() lists the schedules of a tenant.';
    END IF;
    RETURN schedule;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_schedule(text, uuid) IS
    'Internal: locks a schedule of a tenant, or raises P0002';

CREATE FUNCTION @extschema@._export_leads_pause(tenant text, schedule_id uuid, paused boolean)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
    due timestamptz;
BEGIN
    IF paused IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'paused must not be null',
            HINT = 'Give true to pause the schedule, false to go on with it.';
    END IF;
    schedule := @extschema@._export_leads_require_schedule(tenant, schedule_id);
    -- What was missed meanwhile does not run any more.
    IF NOT paused THEN
        due := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                  schedule.time_zone, clock_timestamp());
    END IF;
    UPDATE @extschema@.export_leads_schedules AS s
    SET paused = paused, next_run = due, due = due, failures = CASE WHEN paused THEN s.failures ELSE 0 END
    WHERE s.tenant = tenant AND s.schedule_id = schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_pause(text, uuid, boolean) IS
    'Internal: what export_leads_pause() does';

-- An export that is under way goes on: it is in the history, but is sent to nobody.
CREATE FUNCTION @extschema@._export_leads_unschedule(tenant text, schedule_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM @extschema@._export_leads_require_schedule(tenant, schedule_id);
    DELETE FROM @extschema@.export_leads_schedules AS s WHERE s.tenant = tenant AND s.schedule_id = schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_unschedule(text, uuid) IS
    'Internal: what export_leads_unschedule() does';

-- The first is when it is tried next, which may be a retry, or past where no timer has come by. A paused schedule has
-- none.
CREATE FUNCTION @extschema@._export_leads_next_runs(tenant text, schedule_id uuid, n int)
RETURNS SETOF timestamptz
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    schedule @extschema@.export_leads_schedules;
    run timestamptz;
BEGIN
    IF n IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'n must not be null',
            HINT = 'Give how many runs to tell, from 1 to 100.';
    ELSIF n NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'n must be from 1 to 100',
            HINT = 'Give how many runs to tell.';
    END IF;
    SELECT * INTO schedule
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.tenant = tenant AND s.schedule_id = schedule_id;
    IF NOT FOUND THEN
        PERFORM @extschema@._export_leads_require_schedule(tenant, schedule_id);
    END IF;
    run := schedule.next_run;
    FOR i IN 1 .. n LOOP
        EXIT WHEN run IS NULL;
        RETURN NEXT run;
        run := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                  schedule.time_zone, greatest(run, clock_timestamp()));
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_next_runs(text, uuid, int) IS
    'Internal: what export_leads_next_runs() does';

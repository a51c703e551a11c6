
-- What becomes of a schedule whose run failed, or ended without a result.

-- How long to wait after so many failures in a row: 1, 5, 15 and 60 minutes, then 4 hours.
CREATE FUNCTION @extschema@._export_leads_retry_after(failures int)
RETURNS interval
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT make_interval(mins => (ARRAY[1, 5, 15, 60, 240])[least(failures, 5)]);
END;
COMMENT ON FUNCTION @extschema@._export_leads_retry_after(int) IS
    'Internal: how long a schedule waits after failures in a row';

-- What a schedule does after a failure: it waits, but no longer than until its next regular run, or is paused. This
-- never fails itself, whatever is wrong with the schedule: others are not to wait for it.
CREATE FUNCTION @extschema@._export_leads_put_off(schedule_id uuid, error text)
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
    regular timestamptz;
BEGIN
    UPDATE @extschema@.export_leads_schedules AS s
    SET failures = s.failures + 1, last_error = error, running = NULL,
        paused = s.paused OR s.failures + 1 >= @extschema@._export_leads_tries()
    WHERE s.schedule_id = schedule_id
    RETURNING s.* INTO schedule;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    BEGIN
        regular := @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                      schedule.time_zone, clock_timestamp());
    EXCEPTION WHEN OTHERS THEN
        -- A time zone may go away with an update of the operating system.
        regular := NULL;
    END;
    UPDATE @extschema@.export_leads_schedules AS s
    SET next_run = CASE WHEN NOT schedule.paused
                        THEN least(clock_timestamp() + @extschema@._export_leads_retry_after(schedule.failures),
                                   regular) END
    WHERE s.schedule_id = schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_put_off(uuid, text) IS
    'Internal: lets a schedule wait after a failure, or pauses it';

CREATE FUNCTION @extschema@._export_leads_record_failure(export_id uuid, code text, message text)
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
    UPDATE @extschema@.export_leads_exports AS e
    SET state = 'failed', finished_at = clock_timestamp(), sqlstate = code, error = substr(message, 1, 1000)
    WHERE e.export_id = export_id AND e.state = 'running';
    PERFORM @extschema@._export_leads_put_off(s.schedule_id, substr(message, 1, 1000))
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.running = export_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_record_failure(uuid, text, text) IS
    'Internal: records that a run failed';

-- Records as failed what was under way in sessions that are gone. A run whose lock can be had is nobody's.
CREATE FUNCTION @extschema@._export_leads_recover_runs()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lost record;
BEGIN
    FOR lost IN
        SELECT e.export_id FROM @extschema@.export_leads_exports AS e WHERE e.state = 'running'
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        IF @extschema@._export_leads_try_lock_run(lost.export_id) THEN
            PERFORM @extschema@._export_leads_record_failure(lost.export_id, text '57P02',
                                                             text 'the run ended without a result');
        END IF;
    END LOOP;
    -- Where what a schedule was running has been taken out of the history.
    FOR lost IN
        SELECT s.schedule_id
        FROM @extschema@.export_leads_schedules AS s
        WHERE s.running IS NOT NULL
          AND NOT EXISTS (SELECT FROM @extschema@.export_leads_exports AS e
                          WHERE e.export_id = s.running AND e.state = 'running')
        FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        PERFORM @extschema@._export_leads_put_off(lost.schedule_id, text 'the run ended without a result');
    END LOOP;
    PERFORM @extschema@._export_leads_release_runs();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_recover_runs() IS
    'Internal: records as failed what was under way in sessions that are gone';

CREATE FUNCTION @extschema@.export_leads_recover_runs()
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_recover_runs() IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

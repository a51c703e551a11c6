
-- What a timer calls: exports all that is due, each in transactions of its own. A run is claimed in one transaction,
-- exported in the next, so that whoever looks sees what is under way; and what is under way in a session that is gone
-- is found.
--
-- The functions that the procedure calls run as their owner, so that a timer's role needs no right to any tenant, table
-- or lead: whether a run is allowed is a matter of the role that made the schedule.

CREATE FUNCTION @extschema@._export_leads_can_commit()
RETURNS boolean
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_can_commit';
COMMENT ON FUNCTION @extschema@._export_leads_can_commit() IS
    'Internal: whether the procedure that calls it may COMMIT';

-- Refuses calls that could do nothing. What this session left undone at an earlier call is no longer under way.
CREATE FUNCTION @extschema@._export_leads_begin_runs(max_exports int)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF max_exports <= 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'max_exports must be positive',
            HINT = 'Give NULL for all that is due.';
    ELSIF pg_is_in_recovery() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'read_only_sql_transaction',
            MESSAGE = 'schedules cannot run on a standby',
            HINT = 'Let the timer call the primary.';
    ELSIF current_setting('transaction_read_only')::boolean THEN
        RAISE EXCEPTION USING
            ERRCODE = 'read_only_sql_transaction',
            MESSAGE = 'schedules cannot run in a read-only transaction',
            HINT = 'Set default_transaction_read_only to off for the timer''s role.';
    END IF;
    PERFORM @extschema@._export_leads_require_closed_schema();
    PERFORM @extschema@._export_leads_require_coordinator();
    PERFORM @extschema@._export_leads_require_foreign_keys();
    PERFORM @extschema@._export_leads_release_runs();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_begin_runs(int) IS
    'Internal: refuses calls of export_leads_run_due() that could do nothing';

CREATE FUNCTION @extschema@.export_leads_begin_runs(max_exports int)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_begin_runs(int) IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- Claims one schedule that is due, and returns its run; NULL where there is none. Runs that were missed are one: the
-- last that was due.
CREATE FUNCTION @extschema@._export_leads_claim_run()
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    schedule @extschema@.export_leads_schedules;
    claimed uuid;
    bounds record;
BEGIN
    LOOP
        SELECT * INTO schedule
        FROM @extschema@.export_leads_schedules AS s
        WHERE s.next_run <= now() AND s.running IS NULL AND NOT s.paused
        ORDER BY s.next_run, s.schedule_id
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
        BEGIN
            schedule.due := greatest(schedule.due,
                                     @extschema@._export_leads_last_run(schedule.at, schedule.weekdays,
                                                                        schedule.month_days, schedule.time_zone,
                                                                        now()));
            SELECT @extschema@._export_leads_printed_moment(b.created_from, schedule.time_zone) AS lower_bound,
                   @extschema@._export_leads_printed_moment(b.created_to, schedule.time_zone) AS upper_bound
            INTO bounds
            FROM @extschema@._export_leads_period_bounds(
                schedule.period, schedule.due, schedule.time_zone,
                COALESCE((SELECT c.week_begins FROM @extschema@.export_leads_configuration AS c), 0),
                schedule.last_success) AS b;
            EXIT;
        EXCEPTION WHEN OTHERS THEN
            PERFORM @extschema@._export_leads_put_off(schedule.schedule_id, SQLERRM);
        END;
    END LOOP;
    -- Two runs may have the same hash.
    LOOP
        claimed := gen_random_uuid();
        EXIT WHEN @extschema@._export_leads_try_lock_run(claimed);
    END LOOP;
    INSERT INTO @extschema@.export_leads_exports
        (export_id, tenant, status, format, columns, created_from, created_to, requested_by, role, schedule_id, due,
         state)
    VALUES
        (claimed, schedule.tenant, schedule.status, schedule.format, schedule.columns, bounds.lower_bound,
         bounds.upper_bound, schedule.requested_by, schedule.role, schedule.schedule_id, schedule.due, 'running');
    UPDATE @extschema@.export_leads_schedules AS s
    SET running = claimed, due = schedule.due
    WHERE s.schedule_id = schedule.schedule_id;
    RETURN claimed;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_claim_run() IS
    'Internal: claims a schedule that is due, and returns the export to be made';

CREATE FUNCTION @extschema@.export_leads_claim_run()
RETURNS uuid
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_claim_run() IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- A timer's role may call these functions in any order: only what it has claimed is its to end.
CREATE FUNCTION @extschema@._export_leads_require_claimed(export_id uuid)
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
    IF export_id IS NULL OR NOT EXISTS (SELECT FROM @extschema@._export_leads_locked_runs() AS r (hash)
                                        WHERE r.hash = uuid_hash(export_id)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'this session has not claimed that run',
            HINT = 'CALL export_leads_run_due() claims what is due, and runs it.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_claimed(uuid) IS
    'Internal: raises 55000 where this session has not claimed a run';

-- Exports what was claimed, puts the mail to its recipients into the outbox, and says when the schedule runs next. A
-- run that became due meanwhile is not lost.
CREATE FUNCTION @extschema@._export_leads_run(export_id uuid)
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
    delivery record;
BEGIN
    PERFORM @extschema@._export_leads_require_claimed(export_id);
    PERFORM @extschema@._export_leads_run_claimed(export_id);
    -- Locked only now: whoever pauses a schedule or takes it away need not wait for its export.
    SELECT * INTO schedule
    FROM @extschema@.export_leads_schedules AS s
    WHERE s.running = export_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- A mailer that listens need not look again and again. It learns nothing from the number alone.
    FOR delivery IN
        INSERT INTO @extschema@.export_leads_deliveries AS d (tenant, export_id, recipient, name)
        SELECT schedule.tenant, export_id, r.recipient, schedule.name
        FROM unnest(schedule.recipients) AS r (recipient)
        RETURNING d.delivery_id
    LOOP
        PERFORM pg_notify('export_leads_deliveries', delivery.delivery_id::text);
    END LOOP;
    UPDATE @extschema@.export_leads_schedules AS s
    SET running = NULL, failures = 0, last_error = NULL, last_success = n.done, due = n.next,
        next_run = n.next
    FROM (SELECT e.due AS done,
                 CASE WHEN NOT schedule.paused
                      THEN @extschema@._export_leads_next_run(schedule.at, schedule.weekdays, schedule.month_days,
                                                              schedule.time_zone, e.due) END AS next
          FROM @extschema@.export_leads_exports AS e
          WHERE e.export_id = export_id) AS n
    WHERE s.schedule_id = schedule.schedule_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_run(uuid) IS
    'Internal: makes an export that was claimed, for export_leads_run_due()';

CREATE FUNCTION @extschema@.export_leads_run(export_id uuid)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_run(uuid) IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

CREATE FUNCTION @extschema@._export_leads_fail_run(export_id uuid, code text, message text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_claimed(export_id);
    PERFORM @extschema@._export_leads_record_failure(export_id, code, message);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_fail_run(uuid, text, text) IS
    'Internal: records that a run which was claimed has failed, for export_leads_run_due()';

CREATE FUNCTION @extschema@.export_leads_fail_run(export_id uuid, code text, message text)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_fail_run(uuid, text, text) IS
    'A step of export_leads_run_due(), which runs as the owner of the extension';

-- A procedure that commits can have no search_path of its own: whatever it calls is named with its schema, and it uses
-- no operators. The isolation, which only the first statement of a transaction can set, is that in which what others
-- have claimed meanwhile is skipped.
CREATE PROCEDURE @extschema@.export_leads_run_due(max_exports int DEFAULT NULL)
LANGUAGE plpgsql
AS $$
DECLARE
    claimed uuid;
    code text;
    message text;
    is_cancelled boolean := false;
BEGIN
    IF NOT @extschema@._export_leads_can_commit() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'active_sql_transaction',
            MESSAGE = 'export_leads_run_due() cannot run inside a transaction block',
            HINT = 'It commits each export by itself: call it as a statement of its own, outside of any function.';
    END IF;
    PERFORM @extschema@.export_leads_begin_runs(max_exports);
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM @extschema@.export_leads_recover_runs();
    FOR n IN 1 .. COALESCE(max_exports, 2147483647) LOOP
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        claimed := @extschema@.export_leads_claim_run();
        EXIT WHEN claimed IS NULL;
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        code := NULL;
        BEGIN
            PERFORM @extschema@.export_leads_run(claimed);
        EXCEPTION
            WHEN query_canceled THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
                is_cancelled := true;
            WHEN OTHERS OR assert_failure THEN
                GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        END;
        IF code IS NOT NULL THEN
            PERFORM @extschema@.export_leads_fail_run(claimed, code, message);
        END IF;
        COMMIT;
        PERFORM @extschema@.export_leads_release_runs();
        IF is_cancelled THEN
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
        END IF;
    END LOOP;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM @extschema@.export_leads_purge();
    COMMIT;
END;
$$;
COMMENT ON PROCEDURE @extschema@.export_leads_run_due(int) IS
    'Exports what is due of all schedules, each in a transaction of its own: for a timer to call every minute';

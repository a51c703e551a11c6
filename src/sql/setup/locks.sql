
-- Locks on tables that an application may be writing at the same time.

-- Locks the tables that set-up or teardown is about to change, exclusively, and those that it reads, with partitions
-- and children, until the end of the transaction; raises 55P03 if others keep their locks. Nobody waits for long, and
-- there are no deadlocks: an attempt releases all its locks before anybody's deadlock_timeout. So it does not matter
-- whether an application locks calls before leads, as foreign keys do, or leads before calls: only how soon an attempt
-- succeeds depends on it.
CREATE FUNCTION @extschema@._export_leads_lock_for_change(changed regclass[], read regclass[])
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    attempts CONSTANT int := 40;
    former CONSTANT text := current_setting('lock_timeout');
    -- In milliseconds, how long to wait for a lock.
    most CONSTANT int := (SELECT greatest(1, least(min(s.setting::int) FILTER (WHERE s.name = 'deadlock_timeout') / 5,
                                                   min(s.setting::int) FILTER (WHERE s.name = 'lock_timeout'
                                                                                 AND s.setting <> '0')))
                          FROM pg_settings AS s);
    -- The caller's statement_timeout. PostgreSQL drops it where it ends at the same moment as a lock_timeout.
    longest CONSTANT interval := (SELECT NULLIF(s.setting, '0')::int * interval '1 ms'
                                  FROM pg_settings AS s WHERE s.name = 'statement_timeout');
    relation regclass;
BEGIN
    FOR attempt IN 1..attempts LOOP
        BEGIN
            PERFORM set_config('lock_timeout', least(most, 25 * attempt)::text, true);
            FOREACH relation IN ARRAY read LOOP
                EXECUTE format('LOCK TABLE %s IN ACCESS SHARE MODE', relation);
            END LOOP;
            FOREACH relation IN ARRAY changed LOOP
                EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', relation);
                -- From now on others may be waiting for this lock while they hold locks on the other tables.
                PERFORM set_config('lock_timeout', least(most, 20)::text, true);
            END LOOP;
            PERFORM set_config('lock_timeout', former, true);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF clock_timestamp() > statement_timestamp() + longest THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'query_canceled',
                    MESSAGE = 'canceling statement due to statement timeout';
            END IF;
            -- Those who waited go on. The pause is random, so as not to keep meeting another set-up's attempts.
            PERFORM pg_sleep(random() * attempt / 50);
        END;
    END LOOP;
    RAISE EXCEPTION USING
        ERRCODE = 'lock_not_available',
        MESSAGE = format('table "%s" is in use', relation),
        DETAIL = format('It could not be locked in %s attempts that kept nobody waiting for long.', attempts),
        HINT = format('Try again when the transactions that use it have ended: '
                      'SELECT pid FROM pg_locks WHERE relation = %L::regclass;', relation);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_lock_for_change(regclass[], regclass[]) IS
    'Internal: locks tables for export_leads_setup() and export_leads_teardown()';

-- What was checked before waiting for a lock may have changed when the wait is over: somebody who still had the
-- privilege may have put a trigger on one of the extension's tables. That is a danger to superusers only.
CREATE FUNCTION @extschema@._export_leads_lock_tables()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- is_superuser does not tell: it stays off in a superuser's function that somebody else calls.
    IF (SELECT r.rolsuper FROM pg_roles AS r WHERE r.rolname = current_user) THEN
        LOCK TABLE @extschema@.export_leads_configuration, @extschema@.export_leads_columns,
                   @extschema@.export_leads_accepted_policies, @extschema@.export_leads_grants,
                   @extschema@.export_leads_cluster IN ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_require_closed_schema();
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_lock_tables() IS
    'Internal: locks the extension''s tables before they are written, and checks once more that the schema is closed';

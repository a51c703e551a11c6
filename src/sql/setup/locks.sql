
-- Locks on tables that an application is writing meanwhile.

-- Locks what set-up or teardown is about to change against everybody, and what it reads with partitions and children,
-- to the end of the transaction; raises 55P03 where others do not let go. Nobody waits for long, nor in a deadlock: an
-- attempt lets go of all of its locks before anybody's deadlock_timeout. Whether an application locks calls before
-- leads, as foreign keys do, or leads before calls makes no difference then, but for how soon an attempt succeeds.
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
    -- Milliseconds.
    most CONSTANT int := (SELECT greatest(1, least(min(s.setting::int) FILTER (WHERE s.name = 'deadlock_timeout') / 5,
                                                   min(s.setting::int) FILTER (WHERE s.name = 'lock_timeout'
                                                                                 AND s.setting <> '0')))
                          FROM pg_settings AS s);
    -- The caller's own limit. PostgreSQL forgets it where it passes in the same moment as that of a lock.
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
                -- From here on others may be waiting for this one with locks on the rest.
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
            -- Whoever has waited goes on; at no rhythm that could be another's.
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

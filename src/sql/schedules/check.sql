
-- What the DBA should know of schedules: those that failed too often, those that no timer runs, and those of roles that
-- are gone.
CREATE FUNCTION @extschema@._export_leads_check_schedules(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'schedule_paused', 'warning', format('schedule %s', s.schedule_id),
           format('schedule %s%s of tenant %s was paused after %s failures, the last: %s', s.schedule_id,
                  ' "' || s.name || '"', s.tenant, s.failures, s.last_error),
           format('SELECT @extschema@.export_leads_pause(%L, %L, false);', s.tenant, s.schedule_id)
    FROM @extschema@.export_leads_schedules AS s
    WHERE (configuration).leads IS NOT NULL AND s.paused AND s.failures >= @extschema@._export_leads_tries()
    UNION ALL
    SELECT 'schedules_late', 'warning', 'export_leads',
           format('%s, the first since %s: no timer calls @extschema@.export_leads_run_due()',
                  CASE count(*) WHEN 1 THEN 'a schedule is due' ELSE count(*) || ' schedules are due' END,
                  to_char(min(s.next_run) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')),
           'CALL @extschema@.export_leads_run_due(); -- and let a timer call it every minute'
    FROM @extschema@.export_leads_schedules AS s
    WHERE (configuration).leads IS NOT NULL AND s.running IS NULL AND NOT s.paused
      AND s.next_run < clock_timestamp() - interval '1 hour'
    HAVING count(*) > 0
    UNION ALL
    SELECT 'schedule_role_gone', 'warning', format('schedule %s', s.schedule_id),
           format('role "%s", which made schedule %s%s of tenant %s, no longer exists', s.role, s.schedule_id,
                  ' "' || s.name || '"', s.tenant),
           format('SELECT @extschema@.export_leads_unschedule(%L, %L); -- and let a role that exists make it again',
                  s.tenant, s.schedule_id)
    FROM @extschema@.export_leads_schedules AS s
    WHERE (configuration).leads IS NOT NULL
      AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = s.role);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_schedules(@extschema@.export_leads_configuration) IS
    'Internal: what is wrong with schedules, for export_leads_check()';

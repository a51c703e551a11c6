
-- How long the files and the rows of the history are kept, how much a tenant may keep, and when a week begins: what a
-- site tells set-up.

-- Decides these: as given, else as stored, else as the table has them by default.
CREATE FUNCTION @extschema@._export_leads_decide_history(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET IntervalStyle = postgres
AS $$
DECLARE
    decided jsonb;
    wrong text;
BEGIN
    SELECT jsonb_object_agg(r.name, COALESCE(given -> r.name, NULLIF(stored -> r.name, 'null'), r.otherwise))
    INTO decided
    FROM (VALUES ('keep_files', '"30 days"'::jsonb), ('keep_rows', '"1 year"'), ('tenant_quota', '10737418240'),
                 ('week_begins', '0'))
         AS r (name, otherwise);
    -- Days and months of any length are compared by themselves: an interval may be negative in one part only.
    SELECT k.name INTO wrong
    FROM (VALUES ('keep_files'), ('keep_rows')) AS k (name)
    CROSS JOIN LATERAL (SELECT (decided ->> k.name)::interval) AS v (value)
    WHERE least(extract(year FROM v.value), extract(month FROM v.value), extract(day FROM v.value),
                extract(hour FROM v.value), extract(minute FROM v.value), extract(second FROM v.value)) < 0
       OR v.value > interval '1000 years';
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('%s must not be negative or longer than 1000 years', wrong),
            HINT = 'Give a time such as ''30 days'', or ''0'' to keep nothing beyond the next export_leads_purge().';
    ELSIF (decided ->> 'keep_files')::interval > (decided ->> 'keep_rows')::interval THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'files cannot be kept longer than their rows of the history',
            DETAIL = format('keep_files is %s, and keep_rows is %s.', decided ->> 'keep_files',
                            decided ->> 'keep_rows'),
            HINT = 'Let keep_rows be as long as keep_files at least.';
    ELSIF (decided ->> 'tenant_quota')::bigint < 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'tenant_quota must not be negative',
            HINT = 'Give the bytes of kept files that a tenant may have; 0 lets nothing be kept.';
    ELSIF (decided ->> 'week_begins')::int NOT BETWEEN 0 AND 6 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'week_begins must be a day from 0 (Sunday) to 6 (Saturday)',
            HINT = 'Give 0 for Sunday, or 1 for Monday.';
    END IF;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_decide_history(jsonb, jsonb) IS
    'Internal: decides how long exports are kept and when a week begins, for export_leads_setup()';

-- Tenants are known to the history by what their column prints: under another column, or after a teardown, the files
-- that one tenant had kept would be another's. A transaction that keeps its snapshot would not see what was kept since.
CREATE FUNCTION @extschema@._export_leads_require_same_tenants(former text, lead_tenant text, given jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF former IS DISTINCT FROM lead_tenant AND NOT given ? 'keep_history'
       AND (EXISTS (SELECT FROM @extschema@.export_leads_exports)
            OR EXISTS (SELECT FROM @extschema@.export_leads_schedules)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'there are exports or schedules that tenants have kept, and they may be other tenants now',
            DETAIL = CASE WHEN former IS NULL THEN 'The set-up under which they were kept is gone.'
                          ELSE format('Tenants are to be known by column "%s" instead of "%s".', lead_tenant, former)
                     END,
            HINT = 'Add keep_history => true where the same values stand for the same tenants as before. '
                   'keep_history => false removes all kept exports and schedules.';
    ELSIF former <> lead_tenant AND given -> 'keep_history' IS DISTINCT FROM 'true'
          AND current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'tenants can be known by another column in a transaction in READ COMMITTED only',
            HINT = 'Call export_leads_setup() outside of a transaction, or in one that is in READ COMMITTED.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_same_tenants(text, text, jsonb) IS
    'Internal: raises 55000 where set-up would give what a tenant has kept to another, for export_leads_setup()';

CREATE FUNCTION @extschema@._export_leads_forget_all_plan(given jsonb)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'history', 'what tenants have kept', 'DELETE FROM @extschema@.export_leads_exports'
    WHERE given -> 'keep_history' = 'false' AND EXISTS (SELECT FROM @extschema@.export_leads_exports)
    UNION ALL
    SELECT 'schedules', 'what tenants have scheduled', 'DELETE FROM @extschema@.export_leads_schedules'
    WHERE given -> 'keep_history' = 'false' AND EXISTS (SELECT FROM @extschema@.export_leads_schedules);
END;
COMMENT ON FUNCTION @extschema@._export_leads_forget_all_plan(jsonb) IS
    'Internal: the statements that remove what tenants have kept, for export_leads_setup(keep_history => false)';

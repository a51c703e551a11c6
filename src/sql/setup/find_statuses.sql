
-- How set-up finds out by what leads name their status.

-- Decides how leads name their status: by its name, or by its key, which is given or the target of a foreign key.
CREATE FUNCTION @extschema@._export_leads_find_status_key(decided jsonb, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    statuses CONSTANT regclass := NULLIF(decided ->> 'statuses', '-')::regclass;
    keys text[];
BEGIN
    IF given ? 'status_key' THEN
        keys := ARRAY[NULLIF(given ->> 'status_key', '')];
    ELSIF stored ->> 'status_key' IS NOT NULL AND decided ->> 'lead_status' = stored ->> 'lead_status' THEN
        keys := @extschema@._export_leads_mapped(text 'status_key', statuses, stored);
        IF cardinality(keys) <> 1 THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide which columns to read',
                jsonb_build_object('status_key', keys), given);
        END IF;
    ELSIF 'status_key' <> ALL (@extschema@._export_leads_left_empty(given, stored)) THEN
        keys := ARRAY(SELECT r.status_column
                      FROM @extschema@._export_leads_status_references(
                          (decided ->> 'leads')::regclass, statuses, decided ->> 'lead_tenant') AS r
                      WHERE r.lead_column = decided ->> 'lead_status'
                        AND r.status_column IS DISTINCT FROM decided ->> 'status_tenant');
        IF cardinality(keys) > 1 AND decided ->> 'status_name' <> ALL (keys) THEN
            PERFORM @extschema@._export_leads_undecided(
                text 'export_leads_setup() cannot decide which columns to read',
                jsonb_build_object('status_key', keys), given);
        END IF;
        keys := array_remove(CASE WHEN decided ->> 'status_name' = ANY (keys) THEN '{}' ELSE keys END, NULL);
    END IF;
    RETURN CASE WHEN keys[1] IS NULL THEN '{}' ELSE jsonb_build_object('status_key', keys[1]) END;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_find_status_key(jsonb, jsonb, jsonb) IS
    'Internal: decides how leads name their status, for export_leads_setup()';


-- What tells tenants apart must do so alike in the three tables.

CREATE FUNCTION @extschema@._export_leads_tells_tenants_alike(
    relation regclass, column_name text, other regclass, other_column text)
RETURNS boolean
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_tells_tenants_alike';
COMMENT ON FUNCTION @extschema@._export_leads_tells_tenants_alike(regclass, text, regclass, text) IS
    'Internal: whether two tenant columns take the same text for the same tenant';

CREATE FUNCTION @extschema@._export_leads_require_tenants_alike(
    configuration @extschema@.export_leads_configuration, given jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    other record;
BEGIN
    SELECT o.* INTO other
    FROM (VALUES (1, 'status_tenant', configuration.statuses, configuration.status_tenant),
                 (2, 'call_tenant', configuration.calls, configuration.call_tenant))
         AS o (place, field, relation, column_name)
    WHERE NOT @extschema@._export_leads_tells_tenants_alike(
                  configuration.leads, configuration.lead_tenant, o.relation, o.column_name)
    ORDER BY o.place
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'datatype_mismatch',
            MESSAGE = format('the tenants of table "%s" are not of the type that those of table "%s" are',
                             other.relation, configuration.leads),
            DETAIL = format('Column "%s" is of another type than "%s": one tenant might be two, and its rows missing.',
                            other.column_name, configuration.lead_tenant),
            HINT = format('Make them one type, or name another column: '
                          'SELECT * FROM %s.export_leads_setup(%s%s => ''...'');',
                          '@extschema@',
                          (SELECT string_agg(format('%s => %L, ', g.key, g.value), '' ORDER BY g.key)
                           FROM jsonb_each_text(given) AS g
                           WHERE g.key <> other.field), other.field);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_tenants_alike(@extschema@.export_leads_configuration, jsonb) IS
    'Internal: refuses tables whose tenants might compare as different ones, for export_leads_setup()';


-- Tenants must be told apart in the same way in all three tables.

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
            DETAIL = (SELECT string_agg(format('Column "%s" of table "%s" is of type %s.',
                                               a.attname, a.attrelid::regclass,
                                               format_type(a.atttypid, a.atttypmod)), ' ' ORDER BY c.place)
                             || ' One tenant might be two, and its rows missing.'
                      FROM (VALUES (1, configuration.leads, configuration.lead_tenant),
                                   (2, other.relation::regclass, other.column_name::text)) AS c (place, relation, name)
                      JOIN pg_attribute AS a ON a.attrelid = c.relation AND a.attname = c.name),
            HINT = 'Make them one type, or name another column: '
                   || @extschema@._export_leads_setup_call(given || jsonb_build_object(other.field::text, '...'));
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_tenants_alike(@extschema@.export_leads_configuration, jsonb) IS
    'Internal: refuses tables whose tenants might compare as different ones, for export_leads_setup()';

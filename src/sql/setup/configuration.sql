
-- The configuration as it is now: the application's columns may have been renamed since set-up stored it.

CREATE FUNCTION @extschema@._export_leads_followed(configuration @extschema@.export_leads_configuration)
RETURNS @extschema@.export_leads_configuration
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_followed';
COMMENT ON FUNCTION @extschema@._export_leads_followed(@extschema@.export_leads_configuration) IS
    'Internal: a configuration with what its columns are called now';

CREATE FUNCTION @extschema@._export_leads_number_columns(configuration @extschema@.export_leads_configuration)
RETURNS @extschema@.export_leads_configuration
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_number_columns';
COMMENT ON FUNCTION @extschema@._export_leads_number_columns(@extschema@.export_leads_configuration) IS
    'Internal: a configuration with the numbers of its columns, by which they are followed when they are renamed';

-- The configuration, with the names that its columns have now; no row before set-up.
CREATE FUNCTION @extschema@._export_leads_current_configuration()
RETURNS SETOF @extschema@.export_leads_configuration
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT f.*
    FROM @extschema@.export_leads_configuration AS c
    CROSS JOIN LATERAL @extschema@._export_leads_followed(c) AS f;
END;
COMMENT ON FUNCTION @extschema@._export_leads_current_configuration() IS
    'Internal: the configuration, with what its columns are called now';


-- How Citus comes to run an export on the node that has the rows: see passed_by_type.sql.in.

-- What Citus must know to run the function of passed exports where the rows are. Anybody may call it, as it does
-- nothing without a node's seal.
CREATE FUNCTION @extschema@._export_leads_passing_plan(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (object text, detail text, sql text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    called regprocedure;
    is_known boolean;
BEGIN
    IF NOT @extschema@._export_leads_any_distributed(configuration) THEN
        RETURN;
    END IF;
    SELECT p.oid::regprocedure INTO called
    FROM pg_attribute AS a
    JOIN pg_proc AS p ON p.proname = '_export_leads_at' AND p.pronamespace = '@extschema@'::regnamespace
    WHERE a.attrelid = configuration.leads AND a.attname = configuration.lead_tenant
      AND p.proargtypes[0] = CASE WHEN a.atttypid IN ('int2'::regtype, 'int4'::regtype) THEN 'int8'::regtype
                                  WHEN a.atttypid = 'varchar'::regtype THEN 'text'::regtype
                                  ELSE a.atttypid END;
    EXECUTE 'SELECT EXISTS (SELECT FROM pg_dist_object AS o JOIN pg_dist_partition AS d USING (colocationid)
                            WHERE o.classid = ''pg_proc''::regclass AND o.objid = $1 AND o.force_delegation
                              AND o.distribution_argument_index = 0 AND d.logicalrelid = $2
                                 AND has_function_privilege(''public'', $1, ''EXECUTE''))
                    OR NOT EXISTS (SELECT FROM pg_dist_partition AS d
                                   WHERE d.logicalrelid = $2 AND d.partmethod = ''h'')'
        INTO is_known USING called::oid, configuration.leads;
    IF is_known THEN
        RETURN;
    END IF;
    -- First, so that Citus does not repeat it yet: workers do the same when they are told, in transactions of their
    -- own.
    RETURN QUERY SELECT called::text, 'for whoever exports', format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', called);
    RETURN QUERY SELECT called::text, 'runs exports on the node that has the rows',
                        format('SELECT pg_catalog.create_distributed_function(%L, ''tenant'', colocate_with => %L, '
                               'force_delegation => true)', called, configuration.leads);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_passing_plan(@extschema@.export_leads_configuration) IS
    'Internal: the statements that have Citus run passed exports where the rows are, for export_leads_setup()';

-- Has Citus know it anew in each set-up: it does not tell the workers where alter_distributed_table() has changed what
-- the function is beside.
CREATE FUNCTION @extschema@._export_leads_pass_exports(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    called regprocedure;
BEGIN
    IF NOT @extschema@._export_leads_any_distributed(configuration) THEN
        RETURN;
    END IF;
    FOR called IN EXECUTE
        'SELECT o.objid::regprocedure
         FROM pg_dist_object AS o JOIN pg_proc AS p ON o.classid = ''pg_proc''::regclass AND p.oid = o.objid
         WHERE p.proname = ''_export_leads_at'' AND p.pronamespace = ''@extschema@''::regnamespace'
    LOOP
        EXECUTE 'SELECT create_distributed_function($1, ''tenant'', $2::text, true)' USING called, configuration.leads;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_pass_exports(@extschema@.export_leads_configuration) IS
    'Internal: has Citus tell the workers where passed exports run';

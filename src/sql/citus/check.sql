
-- What export_leads_check() looks at on the nodes of a Citus cluster.

CREATE FUNCTION @extschema@._export_leads_fingerprint()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_fingerprint';
COMMENT ON FUNCTION @extschema@._export_leads_fingerprint() IS
    'Internal: the same on nodes that pass exports on to one another; NULL where set-up has not run';

-- This node's fingerprint, and what stops exports on it.
CREATE FUNCTION @extschema@._export_leads_check_here()
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '1s' -- what the caller's own transaction has locked is not waited for
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_closed_schema();
    RETURN jsonb_build_object(
        'fingerprint', @extschema@._export_leads_fingerprint(),
        'findings', (SELECT jsonb_agg(to_jsonb(e)) FROM @extschema@._export_leads_examine(true) AS e
                     WHERE e.level = 'error'));
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_here() IS
    'Internal: what the coordinator asks a worker of Citus for its check';

CREATE FUNCTION @extschema@._export_leads_check_workers()
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own CONSTANT text := @extschema@._export_leads_fingerprint();
    answer record;
    node text;
BEGIN
    FOR answer IN EXECUTE 'SELECT * FROM run_command_on_workers(''SELECT @extschema@._export_leads_check_here()'')'
    LOOP
        node := format('node %s:%s', answer.nodename, answer.nodeport);
        IF NOT answer.success THEN
            RETURN QUERY SELECT 'node_unchecked', 'warning', node,
                                format('the node could not be checked: %s', answer.result), NULL;
        ELSIF answer.result::jsonb ->> 'fingerprint' IS DISTINCT FROM own THEN
            RETURN QUERY SELECT 'node_differs', 'error', node,
                                'the node is not set up as the coordinator is: exports that pass from one to the other '
                                'fail', 'SELECT * FROM @extschema@.export_leads_setup();';
        ELSE
            RETURN QUERY SELECT f.name, f.level, format('%s, %s', node, f.object), f.detail, f.remediation
                         FROM jsonb_to_recordset(answer.result::jsonb -> 'findings')
                              AS f (name text, level text, object text, detail text, remediation text)
                         WHERE answer.result::jsonb -> 'findings' <> 'null';
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_workers() IS
    'Internal: what export_leads_check() finds on the workers of Citus';

CREATE FUNCTION @extschema@._export_leads_check_distribution(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT @extschema@._export_leads_any_distributed(configuration) THEN
        RETURN QUERY
        SELECT 'not_distributed', 'info', configuration.leads::text,
               'Citus refuses to distribute tables that are set up: first undo set-up, then distribute them by their '
               'tenants, then run set-up again with its arguments', NULL
        WHERE configuration.leads IS NOT NULL AND to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT 'distributed_table', 'error', p.relation::text, format('table "%s" %s', p.relation, p.problem), p.hint
    FROM @extschema@._export_leads_distribution_problem(configuration) AS p;
    RETURN QUERY
    SELECT 'policy_unbound', 'error', p.relation::text,
           format('restrictive policy "%s" on table "%s" binds nobody: Citus repeats it on shards as a permissive one',
                  p.policy, p.relation), format('DROP POLICY %I ON %s;', p.policy, p.relation)
    FROM @extschema@._export_leads_unbound_policies(configuration) AS p;
    RETURN QUERY
    SELECT 'not_passed', 'error', p.object, 'Citus does not run exports on the node that has the rows',
           'SELECT * FROM @extschema@.export_leads_setup();'
    FROM @extschema@._export_leads_passing_plan(configuration) AS p
    LIMIT 1;
    RETURN QUERY EXECUTE
        'SELECT ''function_distributed'', ''error'', p.oid::regprocedure::text,
                format(''Citus runs function %s on other nodes, which know neither the settings nor the tenant of the ''
                       ''session: drop the extension and create it again'', p.oid::regprocedure), NULL::text
         FROM pg_dist_object AS o JOIN pg_proc AS p ON o.classid = ''pg_proc''::regclass AND p.oid = o.objid
         WHERE o.distribution_argument_index IS NOT NULL AND p.proname ~ ''^_?export_leads''
           AND p.proname <> ''_export_leads_at'' AND p.pronamespace = ''@extschema@''::regnamespace';
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_distribution(@extschema@.export_leads_configuration) IS
    'Internal: what export_leads_check() finds about tables that Citus has distributed';

CREATE FUNCTION @extschema@._export_leads_check_nodes(closed boolean)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
BEGIN
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF closed AND @extschema@._export_leads_any_distributed(configuration)
       AND @extschema@._export_leads_is_coordinator() THEN
        RETURN QUERY SELECT * FROM @extschema@._export_leads_check_workers();
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_nodes(boolean) IS
    'Internal: what export_leads_check() finds on other nodes, where the schema is closed';


-- What the nodes of a Citus cluster must have in common, and how the coordinator tells the workers. A database without
-- Citus is a coordinator without workers.

CREATE FUNCTION @extschema@._export_leads_is_coordinator()
RETURNS boolean
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_is_coordinator';
COMMENT ON FUNCTION @extschema@._export_leads_is_coordinator() IS
    'Internal: whether this node is Citus''s coordinator; true where there is no Citus';

CREATE FUNCTION @extschema@._export_leads_require_coordinator()
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT @extschema@._export_leads_is_coordinator() THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'this node is a worker of Citus',
            HINT = 'Run this on the coordinator, which tells the workers.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_coordinator() IS
    'Internal: refuses to change the set-up on a worker of Citus';

-- The workers that Citus reaches.
CREATE FUNCTION @extschema@._export_leads_workers()
RETURNS TABLE (node text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_catalog.pg_dist_node') IS NOT NULL THEN
        RETURN QUERY EXECUTE
            'SELECT format(''%s:%s'', n.nodename, n.nodeport) FROM pg_dist_node AS n
             WHERE n.isactive AND n.noderole = ''primary'' AND n.groupid <> 0 ORDER BY n.nodeid';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_workers() IS
    'Internal: the workers of Citus';

-- What all nodes must have in common beyond what Citus repeats by itself: the configuration, by names, the site's
-- columns, grants, and who may call the extension's functions.
CREATE FUNCTION @extschema@._export_leads_common_setup(configuration @extschema@.export_leads_configuration)
RETURNS jsonb
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT jsonb_build_object(
        'configuration', to_jsonb(configuration) - 'secured' - 'dormant' - 'column_numbers' - 'numbered_in',
        'key', (SELECT c.key FROM @extschema@.export_leads_cluster AS c),
        'columns', COALESCE((SELECT jsonb_agg(to_jsonb(c) ORDER BY c.name)
                             FROM @extschema@.export_leads_columns AS c), '[]'),
        'grants', COALESCE((SELECT jsonb_agg(to_jsonb(g) ORDER BY g.tenant, g.grantee)
                            FROM @extschema@.export_leads_grants AS g), '[]'),
        'callers', COALESCE((
            SELECT jsonb_agg(jsonb_build_array(p.oid::regprocedure::text, r.rolname, acl.is_grantable)
                             ORDER BY p.oid::regprocedure::text, r.rolname)
            FROM pg_proc AS p
            JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
            CROSS JOIN LATERAL aclexplode(p.proacl) AS acl
            LEFT JOIN pg_roles AS r ON r.oid = acl.grantee
            WHERE e.extname = 'export_leads' AND p.proname NOT IN ('_export_leads_at', 'export_leads_tenant')
              AND acl.grantee <> p.proowner AND r.rolname IS DISTINCT FROM '@reader@'), '[]'));
END;
COMMENT ON FUNCTION @extschema@._export_leads_common_setup(@extschema@.export_leads_configuration) IS
    'Internal: what the nodes of a Citus cluster must have in common';

-- Makes this node's set-up what the coordinator's is, apart from what Citus repeats by itself, as the coordinator's
-- transaction is about to commit. What that has changed is not to be seen yet, and locked. So the reader, which may be
-- among it, is given no privilege here: it calls export_leads_tenant() because anybody may, who then gets NULL.
CREATE FUNCTION @extschema@._export_leads_take_setup(common jsonb)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
SET log_min_error_statement = panic -- the statement holds the key
AS $$
DECLARE
    taken @extschema@.export_leads_configuration;
    statement text;
BEGIN
    PERFORM @extschema@._export_leads_require_closed_schema();
    PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    taken := jsonb_populate_record(
        NULL::@extschema@.export_leads_configuration,
        common -> 'configuration' || '{"secured": [], "dormant": [], "column_numbers": []}');
    PERFORM @extschema@._export_leads_store(@extschema@._export_leads_number_columns(taken));
    INSERT INTO @extschema@.export_leads_cluster (key) VALUES (common ->> 'key')
    ON CONFLICT (singleton) DO UPDATE SET key = EXCLUDED.key;
    DELETE FROM @extschema@.export_leads_columns;
    INSERT INTO @extschema@.export_leads_columns
    SELECT * FROM jsonb_populate_recordset(NULL::@extschema@.export_leads_columns, common -> 'columns');
    DELETE FROM @extschema@.export_leads_grants;
    INSERT INTO @extschema@.export_leads_grants
    SELECT * FROM jsonb_populate_recordset(NULL::@extschema@.export_leads_grants, common -> 'grants');
    FOR statement IN
        WITH wanted AS (
            SELECT w ->> 0 AS function, w ->> 1 AS role, (w ->> 2)::boolean AS is_grantable
            FROM jsonb_array_elements(common -> 'callers') AS w
        ), has AS (
            SELECT h ->> 0 AS function, h ->> 1 AS role, (h ->> 2)::boolean AS is_grantable
            FROM jsonb_array_elements(@extschema@._export_leads_common_setup(taken) -> 'callers') AS h
        )
        SELECT format('REVOKE EXECUTE ON ROUTINE %s FROM %s CASCADE', h.function,
                      COALESCE(quote_ident(h.role), 'PUBLIC'))
        FROM (TABLE has EXCEPT TABLE wanted) AS h
        UNION ALL
        SELECT format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', p.oid::regprocedure)
        FROM pg_proc AS p
        WHERE p.proname IN ('_export_leads_at', 'export_leads_tenant')
          AND p.pronamespace = '@extschema@'::regnamespace AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
        UNION ALL
        SELECT format('GRANT EXECUTE ON ROUTINE %s TO %s%s', w.function, COALESCE(quote_ident(w.role), 'PUBLIC'),
                      CASE WHEN w.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM (TABLE wanted EXCEPT TABLE has) AS w
    LOOP
        EXECUTE statement;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_take_setup(jsonb) IS
    'Internal: makes the set-up of a worker of Citus what the coordinator''s is';

-- Undoes the same on this node.
CREATE FUNCTION @extschema@._export_leads_drop_setup()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '10s'
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_closed_schema();
    PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
    PERFORM @extschema@._export_leads_lock_tables();
    DELETE FROM @extschema@.export_leads_configuration;
    DELETE FROM @extschema@.export_leads_cluster;
    EXECUTE 'REVOKE EXECUTE ON FUNCTION @extschema@.export_leads_tenant() FROM PUBLIC';
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_drop_setup() IS
    'Internal: undoes _export_leads_take_setup()';

-- Runs a query on each worker, in a transaction of its own, which raises what goes wrong there.
CREATE FUNCTION @extschema@._export_leads_run_on_workers(query text)
RETURNS TABLE (node text, result text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    answer record;
BEGIN
    FOR answer IN EXECUTE 'SELECT * FROM run_command_on_workers($1)' USING query LOOP
        IF NOT answer.success THEN
            RAISE EXCEPTION USING
                ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('node %s:%s says: %s', answer.nodename, answer.nodeport, answer.result),
                DETAIL = 'Nothing is changed here. Other nodes may have been told already: until all have the same '
                         'set-up, exports that one node passes on to another raise an error.',
                HINT = 'Mend this and call the function again. Roles and tables must have been committed before.';
        END IF;
        node := answer.nodename || ':' || answer.nodeport;
        result := answer.result;
        RETURN NEXT;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_run_on_workers(text) IS
    'Internal: runs a query on each worker of Citus';

-- A new key: what was sealed with another one is refused, and the workers are told all that they must have in common.
CREATE FUNCTION @extschema@._export_leads_new_key()
RETURNS text
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT concat(gen_random_uuid(), '/', gen_random_uuid());
END;
COMMENT ON FUNCTION @extschema@._export_leads_new_key() IS
    'Internal: what the nodes of a Citus cluster know each other''s calls by';

-- Has the workers told, when the transaction commits, of a change of columns, headers, grants or callers. Whoever
-- changes something else waits here until then.
CREATE FUNCTION @extschema@._export_leads_tell_change()
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    UPDATE @extschema@.export_leads_cluster SET key = @extschema@._export_leads_new_key();
END;
COMMENT ON FUNCTION @extschema@._export_leads_tell_change() IS
    'Internal: has all workers of Citus told what has changed';

-- The same after set-up.
CREATE FUNCTION @extschema@._export_leads_tell_setup(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF @extschema@._export_leads_any_distributed(configuration) THEN
        INSERT INTO @extschema@.export_leads_cluster (key) VALUES (@extschema@._export_leads_new_key())
        ON CONFLICT (singleton) DO UPDATE SET key = EXCLUDED.key;
    ELSE
        DELETE FROM @extschema@.export_leads_cluster;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_tell_setup(@extschema@.export_leads_configuration) IS
    'Internal: has all workers of Citus told what set-up has decided';

-- Tells all workers the configuration, where tables are distributed, or that there is none any more. It is the last
-- that a transaction does before it commits: nothing is told that is rolled back, and what is told is what others have
-- left.
CREATE FUNCTION @extschema@._export_leads_tell_workers()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    own_key text;
BEGIN
    IF NOT @extschema@._export_leads_is_coordinator()
       OR to_regproc('pg_catalog.run_command_on_workers') IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT c.key INTO own_key FROM @extschema@.export_leads_cluster AS c;
    IF own_key IS NULL THEN
        PERFORM @extschema@._export_leads_run_on_workers('SELECT @extschema@._export_leads_drop_setup()');
    ELSIF TG_OP <> 'DELETE' AND own_key = NEW.key THEN -- of several changes the last one is told
        SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
        PERFORM @extschema@._export_leads_run_on_workers(
            format('SELECT @extschema@._export_leads_take_setup(%L)',
                   @extschema@._export_leads_common_setup(configuration)));
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_tell_workers() IS
    'Internal: tells all workers of Citus the set-up, as a transaction that has changed it commits';

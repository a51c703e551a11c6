
-- Citus: which tables it has distributed, whether exports can work with them, and what the nodes must have in common.
-- A database without Citus has one node, the coordinator, and no distributed table.

CREATE FUNCTION @extschema@._export_leads_is_distributed(relation regclass)
RETURNS boolean
LANGUAGE C
STABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_is_distributed';
COMMENT ON FUNCTION @extschema@._export_leads_is_distributed(regclass) IS
    'Internal: whether Citus keeps a table''s rows in shards';

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

CREATE FUNCTION @extschema@._export_leads_any_distributed(configuration @extschema@.export_leads_configuration)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(bool_or(@extschema@._export_leads_is_distributed(t.relation)), false)
    FROM unnest(ARRAY[(configuration).leads, (configuration).statuses, (configuration).calls]::regclass[])
         AS t (relation);
END;
COMMENT ON FUNCTION @extschema@._export_leads_any_distributed(@extschema@.export_leads_configuration) IS
    'Internal: whether Citus has distributed one of the three tables';

-- The condition of the policy that keeps other roles' access, as PostgreSQL prints it. On Citus it must not let the
-- reader through: there no policy is restrictive, and SET ROLE to the reader would show every row of a shard.
CREATE FUNCTION @extschema@._export_leads_others_condition(relation regclass)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN @extschema@._export_leads_is_distributed(relation)
                THEN '(CURRENT_USER <> ''@reader@''::name)' ELSE 'true' END;
END;
COMMENT ON FUNCTION @extschema@._export_leads_others_condition(regclass) IS
    'Internal: the condition of the policy that keeps other roles'' access as it was before row security';

-- Why exports could not work with the tables as Citus has distributed them; NULL if they can.
CREATE FUNCTION @extschema@._export_leads_distribution_problem(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, problem text, hint text)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part record;
    leads record;
    minor int[];
BEGIN
    IF NOT @extschema@._export_leads_any_distributed(configuration) THEN
        RETURN;
    END IF;
    EXECUTE 'SELECT regexp_match(citus_version(), ''(\d+)\.(\d+)'')::int[]' INTO minor;
    IF minor < ARRAY[13, 1] THEN
        RETURN QUERY SELECT configuration.leads, 'is distributed by a Citus older than 13.1, which does not repeat '
                                                 'grants on columns on other nodes', 'Update Citus.';
        RETURN;
    END IF;
    FOR part IN EXECUTE
        'SELECT t.place, t.relation::regclass AS relation, t.tenant, d.logicalrelid IS NOT NULL AS is_distributed,
                d.partmethod, d.repmodel, d.colocationid,
                (SELECT a.attname FROM pg_attribute AS a
                 WHERE a.attrelid = t.relation AND a.attname = column_to_column_name(t.relation,
                     d.partkey)) AS by_column,
                EXISTS (SELECT FROM pg_dist_shard AS s JOIN pg_dist_placement AS p USING (shardid)
                        WHERE s.logicalrelid = t.relation GROUP BY s.shardid HAVING count(*) > 1) AS is_replicated
         FROM (VALUES (1, $1, $2), (2, $3, $4), (3, $5, $6)) AS t (place, relation, tenant)
         LEFT JOIN pg_dist_partition AS d ON d.logicalrelid = t.relation
         WHERE EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.relation)
         ORDER BY t.place'
        USING configuration.leads::oid, configuration.lead_tenant, configuration.statuses::oid,
              configuration.status_tenant, configuration.calls::oid, configuration.call_tenant
    LOOP
        IF part.place = 1 THEN
            leads := part;
        END IF;
        IF NOT part.is_distributed THEN
            RETURN QUERY SELECT part.relation, 'is not distributed, and other tables of these are',
                                format('Distribute it with the others: SELECT create_distributed_table(%L, %L, '
                                       'colocate_with => %L);', part.relation, part.tenant,
                                       CASE WHEN part.place = 1 THEN configuration.calls ELSE configuration.leads END)
                                || CASE WHEN part.place = 2
                                        THEN format(' Or keep it on all nodes: SELECT create_reference_table(%L);',
                                                    part.relation) ELSE '' END;
        ELSIF part.partmethod = 'n' AND part.repmodel = 't' AND part.place <> 2 THEN
            RETURN QUERY SELECT part.relation, 'is a reference table, which only the statuses can be',
                                format('SELECT undistribute_table(%L); SELECT create_distributed_table(%1$L, %L);',
                                       part.relation, part.tenant);
        ELSIF part.partmethod = 'n' AND part.repmodel = 't' THEN
            NULL;
        ELSIF part.is_replicated OR part.repmodel = 'c' THEN
            RETURN QUERY SELECT part.relation, 'is distributed with several copies of each shard',
                                'Distribute it with citus.shard_replication_factor = 1.';
        ELSIF part.by_column IS DISTINCT FROM part.tenant AND part.partmethod <> 'n' THEN
            RETURN QUERY SELECT part.relation, format('is distributed by column "%s", not by its tenant, "%s"',
                                                      part.by_column, part.tenant),
                                format('SELECT alter_distributed_table(%L, distribution_column => %L, '
                                       'colocate_with => %L);', part.relation, part.tenant, configuration.leads);
        ELSIF part.colocationid <> leads.colocationid AND part.partmethod <> 'r' THEN
            RETURN QUERY SELECT part.relation, format('is not colocated with table "%s"', configuration.leads),
                                format('SELECT alter_distributed_table(%L, colocate_with => %L);', part.relation,
                                       configuration.leads);
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_distribution_problem(@extschema@.export_leads_configuration) IS
    'Internal: why exports cannot work with the tables as Citus has distributed them';

-- The site's restrictive policies on distributed tables. Citus makes them permissive on shards, where rows are read, so
-- that they hold for nobody.
CREATE FUNCTION @extschema@._export_leads_unbound_policies(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, policy text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, p.polname::text
    FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND NOT p.polpermissive AND p.polname <> 'export_leads_only_tenant'
      AND @extschema@._export_leads_is_distributed(c.oid::regclass)
    ORDER BY 1, 2;
END;
COMMENT ON FUNCTION @extschema@._export_leads_unbound_policies(@extschema@.export_leads_configuration) IS
    'Internal: restrictive policies of the site that Citus does not enforce';

CREATE FUNCTION @extschema@._export_leads_refuse_distribution(configuration @extschema@.export_leads_configuration)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wrong record;
BEGIN
    SELECT * INTO wrong FROM @extschema@._export_leads_distribution_problem(configuration) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('table "%s" %s', wrong.relation, wrong.problem),
            HINT = wrong.hint;
    END IF;
    SELECT * INTO wrong FROM @extschema@._export_leads_unbound_policies(configuration) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('restrictive policy "%s" on table "%s" binds nobody', wrong.policy, wrong.relation),
            DETAIL = 'Citus repeats it on shards, where the rows are read, as a permissive policy. An export would '
                     'show rows that the policy is meant to hide.',
            HINT = 'Drop the policy, and hide the rows in another way.';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_refuse_distribution(@extschema@.export_leads_configuration) IS
    'Internal: refuses tables that Citus has distributed in a way that exports cannot work with';

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

-- Citus repeats each change of a table on its shards, over several connections at once, which do not see what others of
-- this transaction have made, such as a role. So set-up has it use one, and repeat whatever it changes.
CREATE FUNCTION @extschema@._export_leads_one_after_the_other()
RETURNS SETOF text
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT set_config(s.name, s.value, true)
    FROM (VALUES ('citus.multi_shard_modify_mode', 'sequential'), ('citus.enable_ddl_propagation', 'on'),
                 ('citus.enable_create_role_propagation', 'on'), ('citus.enable_alter_role_propagation', 'on'))
         AS s (name, value)
    WHERE to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL;
END;
COMMENT ON FUNCTION @extschema@._export_leads_one_after_the_other() IS
    'Internal: has Citus repeat all changes, over one connection, to the end of the transaction';

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

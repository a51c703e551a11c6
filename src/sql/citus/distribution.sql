
-- Which tables Citus has distributed, and whether exports can work with them. A database without Citus has none.

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

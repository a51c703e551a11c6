
-- The check's part about speed: the indexes that find the leads of a tenant and status and each lead's latest call, and
-- the planner's statistics.

-- Tables under 256 kB, partitions included, are read quickly without any index.
CREATE FUNCTION @extschema@._export_leads_is_small(relation regclass)
RETURNS boolean
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(sum(pg_relation_size(part.relid)), 0) < 256 * 1024
    FROM (SELECT relation AS relid UNION SELECT t.relid FROM pg_partition_tree(relation) AS t) AS part;
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_small(regclass) IS
    'Internal: whether a table is too small to need indexes, for export_leads_check()';

-- The btree indexes on all rows of a table: the names of their key columns with the options of each (0 is ASC NULLS
-- LAST, 3 is DESC NULLS FIRST), and of all their columns. An expression has no name.
CREATE FUNCTION @extschema@._export_leads_indexes_of(relation regclass)
RETURNS TABLE (
    index regclass, is_usable boolean, is_partitioned boolean, keys text[], options smallint[], columns text[])
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT c.oid::regclass, i.indisvalid AND i.indisready, c.relkind = 'I',
           parts.columns[:i.indnkeyatts], ARRAY(SELECT unnest(i.indoption)), parts.columns
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = c.relam
    CROSS JOIN LATERAL (
        SELECT array_agg(a.attname::text ORDER BY k.place) AS columns
        FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
    ) AS parts
    WHERE i.indrelid = relation AND m.amname = 'btree' AND i.indpred IS NULL;
END;
COMMENT ON FUNCTION @extschema@._export_leads_indexes_of(regclass) IS
    'Internal: the indexes that may serve an export, for export_leads_check()';

-- The indexes that serve an export, and whether in the best way. Leads are found by tenant and status, in either order;
-- sorting them is cheap. Calls are found by their lead, which may come after the tenant. If creation time and id follow
-- in the index, older calls are not read, and if it holds the other columns as well, the table is not read at all.
CREATE FUNCTION @extschema@._export_leads_serving(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, index regclass, is_usable boolean, is_partitioned boolean, is_best boolean)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT (configuration).leads, i.index, i.is_usable, i.is_partitioned, true
    FROM @extschema@._export_leads_indexes_of((configuration).leads) AS i
    WHERE i.keys[1:2] @> ARRAY[(configuration).lead_tenant, (configuration).lead_status]
    UNION ALL
    SELECT (configuration).calls, i.index, i.is_usable, i.is_partitioned,
           i.keys[p.place + 1:p.place + 2] = ARRAY[(configuration).call_created_at, (configuration).call_id]
           AND i.options[p.place + 1] = i.options[p.place + 2]
           AND i.options[p.place + 1] IN (0, 3)
           AND i.columns @> array_remove(ARRAY[(configuration).call_tenant, (configuration).call_status], NULL)
    FROM @extschema@._export_leads_indexes_of((configuration).calls) AS i
    CROSS JOIN LATERAL (SELECT array_position(i.keys, (configuration).call_lead_id)) AS p (place)
    WHERE p.place = 1 OR (p.place = 2 AND i.keys[1] = (configuration).call_tenant);
END;
COMMENT ON FUNCTION @extschema@._export_leads_serving(@extschema@.export_leads_configuration) IS
    'Internal: the indexes that serve an export, for export_leads_check()';

-- The best index for each table that is large enough to need one and has the columns. In one that begins with the
-- tenant, the calls of a small tenant's leads lie together.
CREATE FUNCTION @extschema@._export_leads_best_indexes(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, detail text, sql text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH best AS (
        SELECT (configuration).leads AS relation, 'its leads of a tenant and status' AS what,
               ARRAY[(configuration).lead_tenant, (configuration).lead_status,
                     (configuration).lead_created_at, (configuration).lead_id] AS columns,
               format('(%I, %I, %I DESC, %I DESC)', (configuration).lead_tenant, (configuration).lead_status,
                      (configuration).lead_created_at, (configuration).lead_id) AS shape
        UNION ALL
        SELECT (configuration).calls, 'the calls of a lead',
               array_remove(ARRAY[(configuration).call_tenant, (configuration).call_lead_id,
                                  (configuration).call_created_at, (configuration).call_id,
                                  (configuration).call_status], NULL),
               format('(%I, %I, %I DESC, %I DESC)', (configuration).call_tenant, (configuration).call_lead_id,
                      (configuration).call_created_at, (configuration).call_id)
               || COALESCE(format(' INCLUDE (%I)', (configuration).call_status), '')
    )
    SELECT b.relation, b.what,
           format(CASE c.relkind WHEN 'p' THEN 'CREATE INDEX ON %s %s; '
                                               '-- blocks writes meanwhile: CONCURRENTLY is not for partitioned tables'
                                 ELSE 'CREATE INDEX CONCURRENTLY ON %s %s;' END, b.relation, b.shape)
    FROM best AS b JOIN pg_class AS c ON c.oid = b.relation
    WHERE c.relkind IN ('r', 'p')
      AND NOT @extschema@._export_leads_is_small(b.relation)
      AND b.columns <@ ARRAY(SELECT a.attname::text
                             FROM pg_attribute AS a
                             WHERE a.attrelid = b.relation AND NOT a.attisdropped);
END;
COMMENT ON FUNCTION @extschema@._export_leads_best_indexes(@extschema@.export_leads_configuration) IS
    'Internal: the indexes that exports run best with, for export_leads_check()';

CREATE FUNCTION @extschema@._export_leads_check_indexes(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH serving AS (
        SELECT * FROM @extschema@._export_leads_serving(configuration)
    ), best AS (
        -- An index that is being built, or was left invalid, must not be built a second time.
        SELECT b.relation, b.detail, b.sql,
               bool_or(s.index IS NOT NULL) AS is_served, COALESCE(bool_or(s.is_best), false) AS is_served_best
        FROM @extschema@._export_leads_best_indexes(configuration) AS b
        LEFT JOIN serving AS s ON s.relation = b.relation AND (s.is_usable OR NOT s.is_partitioned)
        GROUP BY b.relation, b.detail, b.sql
    )
    SELECT 'index_missing', 'warning', b.relation::text,
           format('no index on table "%s" finds %s', b.relation, b.detail), b.sql
    FROM best AS b
    WHERE NOT b.is_served
    UNION ALL
    SELECT 'index_only', 'info', b.relation::text,
           format('no index on table "%s" holds all that an export reads of the latest call of a lead', b.relation),
           b.sql
    FROM best AS b
    WHERE b.is_served AND NOT b.is_served_best
    UNION ALL
    SELECT 'index_invalid', 'warning', s.index::text,
           format('index "%s" on table "%s" is invalid', s.index, s.relation),
           -- An invalid unique index may still keep duplicates out.
           format(CASE WHEN NOT (SELECT i.indisunique AND i.indisready FROM pg_index AS i WHERE i.indexrelid = s.index)
                            AND EXISTS (SELECT
                                        FROM serving AS t
                                        WHERE t.relation = s.relation AND t.is_usable AND (t.is_best OR NOT s.is_best))
                       THEN 'DROP INDEX CONCURRENTLY %s;'
                       ELSE 'REINDEX INDEX CONCURRENTLY %s;' END, s.index)
    FROM serving AS s
    WHERE NOT s.is_usable
      AND NOT s.is_partitioned
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS g WHERE g.index_relid = s.index)
    UNION ALL
    SELECT 'no_statistics', 'info', c.oid::regclass::text,
           format('table "%s" was never analyzed', c.oid::regclass), format('ANALYZE %s;', c.oid::regclass)
    FROM pg_class AS c
    WHERE c.oid IN ((configuration).leads, (configuration).statuses, (configuration).calls)
      AND c.relkind IN ('r', 'p')
      AND c.reltuples < 0
      AND NOT @extschema@._export_leads_is_small(c.oid::regclass);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_indexes(@extschema@.export_leads_configuration) IS
    'Internal: what makes exports slow, for export_leads_check()';

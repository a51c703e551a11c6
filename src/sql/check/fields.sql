
-- The check's part about what files hold: fields that stay empty, and statuses that no lead can be in.

-- Whether a table, its partitions and its children are all on this server, so that the check may read some rows.
CREATE FUNCTION @extschema@._export_leads_is_local(relation regclass)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE tree (part) AS (
        SELECT relation::oid
        UNION
        SELECT i.inhrelid FROM tree AS t JOIN pg_inherits AS i ON i.inhparent = t.part
    )
    SELECT COALESCE(bool_and(c.relkind IN ('r', 'p') AND NOT @extschema@._export_leads_is_distributed(c.oid::regclass)),
                    false)
    FROM tree AS t LEFT JOIN pg_class AS c ON c.oid = t.part;
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_local(regclass) IS
    'Internal: whether no part of a table is on another server, for export_leads_check()';

-- Whether the leads' status can hold any of the statuses' names, where the types do not show it. Nobody else's code is
-- run: only a column of PostgreSQL's own text types is read.
CREATE FUNCTION @extschema@._export_leads_names_fit(configuration @extschema@.export_leads_configuration)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    lead_type oid;
    fits boolean;
BEGIN
    lead_type := @extschema@._export_leads_compared_type(configuration.leads, configuration.lead_status);
    IF lead_type IS NULL
       OR COALESCE(@extschema@._export_leads_status_family(configuration.leads, configuration.lead_status), 'text')
              IN ('text', 'uuid') OR configuration.status_key IS NOT NULL
       OR NOT EXISTS (SELECT
                      FROM pg_attribute AS a
                      WHERE a.attrelid = configuration.statuses AND a.attname = configuration.status_name
                        AND a.atttypid IN ('text'::regtype, 'varchar'::regtype)) THEN
        RETURN true;
    END IF;
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %1$s) '
                   'OR EXISTS (SELECT FROM %1$s AS s '
                   'WHERE s.%2$I OPERATOR(pg_catalog.~) ''^-?[0-9]+$'' AND NOT $2 '
                   'OR s.%2$I::pg_catalog.text OPERATOR(pg_catalog.=) '
                   'ANY (SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = $1))',
                   configuration.statuses, configuration.status_name)
    INTO fits
    USING lead_type, EXISTS (SELECT FROM pg_enum AS e WHERE e.enumtypid = lead_type);
    RETURN fits;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN true;  -- only callers who may read the statuses are told about them
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_names_fit(@extschema@.export_leads_configuration) IS
    'Internal: whether leads can be in any of the statuses by their names, for export_leads_check()';

-- What a thousand leads show: that leads hold the key of a status and not its name, or the key of another tenant's
-- status. Nobody else's code is run: only columns of PostgreSQL's own types are read.
CREATE FUNCTION @extschema@._export_leads_check_statuses(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    leads text;
    key text := configuration.status_key;
    is_odd boolean;
BEGIN
    IF NOT @extschema@._export_leads_is_local(configuration.leads)
       OR NOT @extschema@._export_leads_is_local(configuration.statuses) THEN
        RETURN;
    ELSIF key IS NULL THEN
        SELECT a.attname INTO key
        FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = configuration.statuses AND i.indisprimary AND i.indnkeyatts = 1
          AND a.attname <> configuration.status_name;
    END IF;
    IF EXISTS (SELECT
               FROM (VALUES (configuration.leads, configuration.lead_status),
                            (configuration.leads, configuration.lead_tenant),
                            (configuration.statuses, configuration.status_name),
                            (configuration.statuses, configuration.status_tenant),
                            (configuration.statuses, key)) AS c (relation, name)
               LEFT JOIN pg_attribute AS a ON a.attrelid = c.relation AND a.attname = c.name AND NOT a.attisdropped
               LEFT JOIN pg_type AS t ON t.oid = a.atttypid
               WHERE c.name IS NOT NULL AND (t.typnamespace = 'pg_catalog'::regnamespace) IS NOT TRUE) THEN
        RETURN;
    END IF;
    leads := format('(SELECT l.%I::pg_catalog.text AS status, l.%I::pg_catalog.text AS tenant FROM %s AS l LIMIT 1000)',
                    configuration.lead_status, configuration.lead_tenant, configuration.leads);
    IF configuration.status_key IS NULL AND key IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$s AS l JOIN %2$s AS s '
                       'ON l.status OPERATOR(pg_catalog.=) s.%3$I::pg_catalog.text) '
                       'AND NOT EXISTS (SELECT FROM %1$s AS l JOIN %2$s AS s ON pg_catalog.lower(l.status) '
                       'OPERATOR(pg_catalog.=) pg_catalog.lower(s.%4$I::pg_catalog.text))',
                       leads, configuration.statuses, key, configuration.status_name)
        INTO is_odd;
        RETURN QUERY
        SELECT 'status_names', 'warning', configuration.leads::text,
               format('leads of table "%s" hold the key of their status, and set-up takes it for its name',
                      configuration.leads),
               @extschema@._export_leads_setup_call(jsonb_build_object('status_key', key))
        WHERE is_odd;
    ELSIF configuration.status_key IS NOT NULL AND configuration.status_tenant IS NOT NULL THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %1$s AS l JOIN %2$s AS s '
                       'ON l.status OPERATOR(pg_catalog.=) s.%3$I::pg_catalog.text '
                       'WHERE s.%4$I::pg_catalog.text IS DISTINCT FROM l.tenant AND (s.%4$I IS NOT NULL OR NOT $1))',
                       leads, configuration.statuses, key, configuration.status_tenant)
        INTO is_odd
        USING configuration.status_defaults;
        RETURN QUERY
        SELECT 'status_foreign', 'warning', configuration.leads::text,
               format('leads of table "%s" are in statuses that are not of their tenant: no export finds them, unless '
                      'those without a tenant are everybody''s (status_defaults)', configuration.leads), NULL
        WHERE is_odd;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN;  -- only callers who may read the leads are told about them
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_check_statuses(@extschema@.export_leads_configuration) IS
    'Internal: statuses that no export would find, for export_leads_check()';

CREATE FUNCTION @extschema@._export_leads_check_fields(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'field_empty', 'info', f.field,
           format('files leave "%s" empty: no column of table "%s" was found or named for it',
                  f.field, d.decided ->> f.part),
           CASE WHEN c.candidates <> '{}'
                THEN @extschema@._export_leads_setup_call(jsonb_build_object(f.field, c.candidates[1])) END
    FROM to_jsonb(configuration) AS d (decided)
    CROSS JOIN @extschema@._export_leads_fields() AS f
    CROSS JOIN LATERAL @extschema@._export_leads_candidates(f.field, d.decided) AS c (candidates)
    WHERE NOT f.required
      AND f.field <> 'status_key'
      AND d.decided ->> f.field IS NULL
      AND d.decided ->> f.part <> '-'
    UNION ALL
    SELECT 'field_empty', 'info', 'full_name',
           format('files call every lead "ללא שם": no column of table "%s" was found or named for it',
                  (configuration).leads),
           NULL
    WHERE (configuration).leads IS NOT NULL
      AND NOT (configuration).full_name_given
      AND (configuration).full_name = @extschema@._export_leads_full_name_of('{}'::text[])
    UNION ALL
    SELECT 'status_names', 'warning', (configuration).leads::text,
           format('no status of table "%s" has a name that column "%s" of table "%s" can hold: where leads hold the '
                  'key of their status, set-up must be told', (configuration).statuses, (configuration).lead_status,
                  (configuration).leads),
           @extschema@._export_leads_setup_call(jsonb '{"status_key": "..."}')
    WHERE EXISTS (SELECT FROM pg_class AS c WHERE c.oid = (configuration).leads)
      AND @extschema@._export_leads_is_local((configuration).statuses)
      AND NOT @extschema@._export_leads_names_fit(configuration);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_fields(@extschema@.export_leads_configuration) IS
    'Internal: what files leave empty, for export_leads_check()';

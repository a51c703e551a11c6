
-- What is looked at before it is waited for may be another when the wait is over: whoever was still allowed to may have
-- put a trigger on a table of the extension's. Only superusers have something to lose by it.
CREATE FUNCTION @extschema@._export_leads_lock_tables()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('is_superuser') = 'on' THEN
        LOCK TABLE @extschema@.export_leads_configuration, @extschema@.export_leads_columns,
                   @extschema@.export_leads_accepted_policies, @extschema@.export_leads_grants IN ROW EXCLUSIVE MODE;
        PERFORM @extschema@._export_leads_require_closed_schema();
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_lock_tables() IS
    'Internal: locks the extension''s tables before they are written, and asks once more for a closed schema';

-- How set-up finds the application's tables and columns.

-- A field is a column of the configuration and an argument of set-up; the names are what applications call it,
-- the likeliest first. Of a field that tells tenants apart only one may be there: nobody should guess that.
CREATE FUNCTION @extschema@.export_leads_fields()
RETURNS TABLE (field text, part text, required boolean, names text[], must_be_only boolean)
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT *
    FROM (VALUES
        ('lead_id',         'leads',    true,  ARRAY['id', 'lead_id'], false),
        ('lead_tenant',     'leads',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('lead_status',     'leads',    true,  ARRAY['status'], false),
        ('phone',           'leads',    false, ARRAY['phone_e164', 'phone', 'phone_number'], false),
        ('email',           'leads',    false, ARRAY['email'], false),
        ('lead_created_at', 'leads',    true,  ARRAY['created_at'], false),
        ('source',          'leads',    false, ARRAY['source'], false),
        ('notes',           'leads',    false, ARRAY['notes'], false),
        ('status_tenant',   'statuses', true,  ARRAY['tenant_id', 'business_id'], true),
        ('status_name',     'statuses', true,  ARRAY['name'], false),
        ('status_label',    'statuses', false, ARRAY['label'], false),
        ('call_id',         'calls',    true,  ARRAY['id', 'call_id'], false),
        ('call_tenant',     'calls',    true,  ARRAY['tenant_id', 'business_id'], true),
        ('call_lead_id',    'calls',    true,  ARRAY['lead_id'], false),
        ('call_created_at', 'calls',    true,  ARRAY['created_at'], false),
        ('call_status',     'calls',    false, ARRAY['call_status', 'status'], false)
    ) AS fields;
END;
COMMENT ON FUNCTION @extschema@.export_leads_fields() IS
    'Internal: the fields of a configuration and the column names they are looked for under';

-- The tables that carry one of the names, qualified; those beside `near` alone where there are any.
CREATE FUNCTION @extschema@.export_leads_tables_named(names text[], near regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH named AS (
        SELECT c.oid::regclass::text AS name,
               c.relnamespace = (SELECT n.relnamespace FROM pg_class AS n WHERE n.oid = near) AS is_near
        FROM pg_class AS c
        WHERE c.relname = ANY (names)
          AND c.relkind IN ('r', 'p')
          AND c.relpersistence <> 't'
          AND NOT c.relispartition
    )
    SELECT array_agg(name ORDER BY name)
    FROM named
    WHERE is_near OR NOT EXISTS (SELECT FROM named WHERE is_near);
END;
COMMENT ON FUNCTION @extschema@.export_leads_tables_named(text[], regclass) IS
    'Internal: candidates for a table, for export_leads_setup()';

-- Raises what could not be decided, with the call that decides it: choices maps arguments to their candidates.
CREATE FUNCTION @extschema@.export_leads_undecided(choices jsonb)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    details text;
    arguments text;
BEGIN
    SELECT string_agg(
               CASE WHEN jsonb_array_length(c.value) = 0 THEN format('For %s nothing was found.', c.key)
                    ELSE format('For %s there is: %s.', c.key,
                                (SELECT string_agg(e, ', ') FROM jsonb_array_elements_text(c.value) AS e)) END,
               ' ' ORDER BY c.key),
           string_agg(format('%s => %L', c.key, COALESCE(c.value ->> 0, '...')), ', ' ORDER BY c.key)
    INTO details, arguments
    FROM jsonb_each(choices) AS c;
    IF arguments IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'export_leads_setup() cannot decide where the leads are',
            DETAIL = details,
            HINT = format('Decide it: SELECT * FROM %s.export_leads_setup(%s);', '@extschema@', arguments);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_undecided(jsonb) IS
    'Internal: raises what export_leads_setup() could not decide';

CREATE FUNCTION @extschema@._export_leads_successor_of(relation regclass, schema_name text, table_name text)
RETURNS regclass
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_successor_of';
COMMENT ON FUNCTION @extschema@._export_leads_successor_of(regclass, text, text) IS
    'Internal: the table that a name says now, or of which a table is a part';

-- Schema and name of each table, one after the other; NULLs for one that is gone.
CREATE FUNCTION @extschema@._export_leads_names_of(relations regclass[])
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT array_agg(name.name ORDER BY r.place, name.part)
    FROM unnest(relations) WITH ORDINALITY AS r (relation, place)
    LEFT JOIN pg_class AS c ON c.oid = r.relation
    LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES (1, n.nspname::text), (2, c.relname::text)) AS name (part, name);
END;
COMMENT ON FUNCTION @extschema@._export_leads_names_of(regclass[]) IS
    'Internal: the names under which tables are found';

-- The tables that set-up had decided, and what is in their place now.
CREATE FUNCTION @extschema@._export_leads_stored_tables(stored jsonb)
RETURNS TABLE (part text, relation regclass, successor regclass)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.part, c.oid::regclass,
           @extschema@._export_leads_successor_of(
               c.oid::regclass, stored -> 'table_names' ->> (2 * p.place - 2)::int,
               stored -> 'table_names' ->> (2 * p.place - 1)::int)
    FROM unnest(ARRAY['leads', 'statuses', 'calls']) WITH ORDINALITY AS p (part, place)
    -- The name of a table that is gone is a number, which to_regclass() takes for one from PostgreSQL 16 on.
    JOIN pg_class AS c ON c.oid = to_regclass(stored ->> p.part) AND c.relkind IN ('r', 'p');
END;
COMMENT ON FUNCTION @extschema@._export_leads_stored_tables(jsonb) IS
    'Internal: the tables that set-up had decided, and what is in their place now';

-- Decides the three tables: as given, else as stored, else by name.
CREATE FUNCTION @extschema@.export_leads_find_tables(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
<<find_tables>>
DECLARE
    part text;
    names text[];
    candidates text[];
    whole regclass;
    decided jsonb := '{}';
    choices jsonb := '{}';
    kind "char";
    is_temporary boolean;
BEGIN
    FOR part, names IN
        VALUES ('leads', ARRAY['leads']), ('statuses', ARRAY['lead_statuses']), ('calls', ARRAY['call_logs', 'call_log'])
    LOOP
        candidates := CASE
            WHEN given ? part THEN ARRAY[given ->> part]
            WHEN EXISTS (SELECT FROM @extschema@._export_leads_stored_tables(stored) AS s
                         WHERE s.part = find_tables.part)
                THEN ARRAY(SELECT s.successor::text FROM @extschema@._export_leads_stored_tables(stored) AS s
                           WHERE s.part = find_tables.part)
            ELSE @extschema@.export_leads_tables_named(names, to_regclass(decided ->> 'leads'))
        END;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(part, candidates[1]);
        ELSE
            choices := choices || jsonb_build_object(part, COALESCE(candidates, '{}'));
        END IF;
    END LOOP;
    PERFORM @extschema@.export_leads_undecided(choices);

    FOR part IN SELECT jsonb_object_keys(decided) LOOP
        SELECT c.relkind, c.relpersistence = 't' INTO kind, is_temporary
        FROM pg_class AS c WHERE c.oid = (decided ->> part)::regclass;
        IF kind NOT IN ('r', 'p') OR is_temporary THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" cannot hold the %s', decided ->> part, part),
                DETAIL = 'Row-level security binds ordinary and partitioned tables only, not views, materialized '
                         'views, foreign tables or temporary tables.',
                HINT = format('Name the table behind it: SELECT * FROM %s.export_leads_setup(%s => ''...'');',
                              '@extschema@', part);
        END IF;
        whole := @extschema@._export_leads_successor_of((decided ->> part)::regclass, NULL::text, NULL::text);
        IF whole <> (decided ->> part)::regclass THEN
            RAISE EXCEPTION USING
                ERRCODE = 'wrong_object_type',
                MESSAGE = format('"%s" is a part of table "%s"', decided ->> part, whole),
                DETAIL = 'An export reads a table with all its partitions and children.',
                HINT = format('Name the whole: SELECT * FROM %s.export_leads_setup(%s => %L);',
                              '@extschema@', part, whole);
        END IF;
    END LOOP;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_find_tables(jsonb, jsonb) IS
    'Internal: decides the tables, for export_leads_setup()';

-- The columns of a table that carry one of the names, in the order of the names.
CREATE FUNCTION @extschema@.export_leads_columns_named(names text[], relation regclass)
RETURNS text[]
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(array_agg(a.attname::text ORDER BY array_position(names, a.attname::text)), '{}')
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attname::text = ANY (names);
END;
COMMENT ON FUNCTION @extschema@.export_leads_columns_named(text[], regclass) IS
    'Internal: candidates for a column, for export_leads_setup()';

-- The expression of a lead's full name: its name, else its first and last name, else what there is of them.
CREATE FUNCTION @extschema@.export_leads_full_name_of(leads regclass)
RETURNS text
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT format('COALESCE(%s''ללא שם'')', string_agg(part || ', ', '' ORDER BY place))
    FROM (
        SELECT ordinality AS place, format('NULLIF(lead.%I, '''')', name) AS part
        FROM unnest(@extschema@.export_leads_columns_named(ARRAY['full_name', 'name'], leads)) WITH ORDINALITY AS n (name, ordinality)
        UNION ALL
        SELECT 9, format('NULLIF(concat_ws('' '', %s), '''')', string_agg(format('NULLIF(lead.%I, '''')', name), ', ' ORDER BY ordinality))
        FROM unnest(@extschema@.export_leads_columns_named(ARRAY['first_name', 'last_name'], leads)) WITH ORDINALITY AS n (name, ordinality)
        HAVING count(*) > 0
    ) AS parts;
END;
COMMENT ON FUNCTION @extschema@.export_leads_full_name_of(regclass) IS
    'Internal: the expression of a lead''s full name, for export_leads_setup()';

-- Whether a column's type, through any domains, is timestamp or timestamptz.
CREATE FUNCTION @extschema@.export_leads_is_timestamp(relation regclass, column_name text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE type AS (
        SELECT t.oid, t.typbasetype
        FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
        WHERE a.attrelid = relation AND a.attname = column_name
        UNION ALL
        SELECT t.oid, t.typbasetype
        FROM type JOIN pg_type AS t ON t.oid = type.typbasetype
    )
    SELECT COALESCE(bool_or(oid IN ('timestamp'::regtype, 'timestamptz'::regtype)), false) FROM type;
END;
COMMENT ON FUNCTION @extschema@.export_leads_is_timestamp(regclass, text) IS
    'Internal: a check of export_leads_setup()';

-- Decides the columns of the decided tables: as given, else as stored, else by name. The result is a row of the
-- configuration table.
CREATE FUNCTION @extschema@.export_leads_find_columns(tables jsonb, given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    rule record;
    relation regclass;
    candidates text[];
    decided jsonb := tables;
    choices jsonb := '{}';
BEGIN
    FOR rule IN SELECT * FROM @extschema@.export_leads_fields() LOOP
        relation := (tables ->> rule.part)::regclass;
        candidates := @extschema@.export_leads_columns_named(rule.names, relation);
        IF given ? rule.field THEN
            candidates := @extschema@.export_leads_columns_named(ARRAY[given ->> rule.field], relation);
            IF candidates = '{}' THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'undefined_column',
                    MESSAGE = format('column "%s" of table "%s" does not exist', given ->> rule.field, relation);
            END IF;
        ELSIF @extschema@.export_leads_columns_named(ARRAY[stored ->> rule.field], relation) <> '{}' THEN
            candidates := ARRAY[stored ->> rule.field];
        ELSIF NOT rule.must_be_only THEN
            candidates := candidates[1:1];
        END IF;
        IF cardinality(candidates) = 1 THEN
            decided := decided || jsonb_build_object(rule.field, candidates[1]);
        ELSIF rule.required THEN
            choices := choices || jsonb_build_object(rule.field, candidates);
        END IF;
    END LOOP;
    PERFORM @extschema@.export_leads_undecided(choices);

    FOR rule IN SELECT * FROM @extschema@.export_leads_fields() AS f WHERE f.field LIKE '%\_tenant' OR f.field LIKE '%\_created_at' LOOP
        relation := (tables ->> rule.part)::regclass;
        IF rule.must_be_only AND (SELECT count(condition) FROM @extschema@.export_leads_policies(relation, decided ->> rule.field)) = 0 THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('the type of column "%s" of table "%s" cannot tell tenants apart', decided ->> rule.field, relation),
                DETAIL = 'A tenant is a smallint, integer, bigint, uuid, text or varchar, or a domain over one of them, '
                         'and no collation may make different tenants equal.',
                HINT = format('Name another column: SELECT * FROM %s.export_leads_setup(%s => ''...'');',
                              '@extschema@', rule.field);
        ELSIF NOT rule.must_be_only AND NOT @extschema@.export_leads_is_timestamp(relation, decided ->> rule.field) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column "%s" of table "%s" is not a timestamp', decided ->> rule.field, relation),
                HINT = format('Name another column: SELECT * FROM %s.export_leads_setup(%s => ''...'');',
                              '@extschema@', rule.field);
        END IF;
    END LOOP;
    -- An expression that was given stays; one that was found is found again, in the columns that are there now.
    IF given ? 'full_name' OR (stored -> 'full_name_given')::boolean THEN
        RETURN decided || jsonb_build_object('full_name', COALESCE(given ->> 'full_name', stored ->> 'full_name'),
                                             'full_name_given', true);
    END IF;
    RETURN decided || jsonb_build_object(
        'full_name', @extschema@.export_leads_full_name_of((tables ->> 'leads')::regclass), 'full_name_given', false);
END;
$$;
COMMENT ON FUNCTION @extschema@.export_leads_find_columns(jsonb, jsonb, jsonb) IS
    'Internal: decides the columns, for export_leads_setup()';

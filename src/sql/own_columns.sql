
-- What a file looks like: a site's own columns and headers, its time zone and its direction.

CREATE FUNCTION @extschema@.export_leads_available_columns()
RETURNS TABLE (name text, header text, expression text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_available_columns';
COMMENT ON FUNCTION @extschema@.export_leads_available_columns() IS
    'The columns that an export can have, in the standard order; what a site has added comes last';

CREATE FUNCTION @extschema@._export_leads_expression_columns(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS TABLE (part text, column_name text)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_expression_columns';
COMMENT ON FUNCTION @extschema@._export_leads_expression_columns(@extschema@.export_leads_configuration, text) IS
    'Internal: what an expression reads of the lead, its latest call and its status';

CREATE FUNCTION @extschema@._export_leads_columns_read(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS text[]
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_columns_read';
COMMENT ON FUNCTION @extschema@._export_leads_columns_read(@extschema@.export_leads_configuration, text) IS
    'Internal: the columns that an expression reads, for exports to know them again';

-- It sets no search_path of its own, since it compares exports with what the session's settings make of them.
CREATE FUNCTION @extschema@._export_leads_require_one_meaning(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS void
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_require_one_meaning';
COMMENT ON FUNCTION @extschema@._export_leads_require_one_meaning(@extschema@.export_leads_configuration, text) IS
    'Internal: raises where an expression, or full_name where it is NULL, depends on the session''s settings';

CREATE FUNCTION @extschema@._export_leads_functions_of(
    configuration @extschema@.export_leads_configuration, expression text)
RETURNS text
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_functions_of';
COMMENT ON FUNCTION @extschema@._export_leads_functions_of(@extschema@.export_leads_configuration, text) IS
    'Internal: what the functions do that an expression calls, for exports to know them again';

-- In C, since exports check headers as well.
CREATE FUNCTION @extschema@._export_leads_require_header(name text)
RETURNS void
LANGUAGE C
VOLATILE
STRICT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS 'MODULE_PATHNAME', 'export_leads_require_header';
COMMENT ON FUNCTION @extschema@._export_leads_require_header(text) IS
    'Internal: raises where the header of a column is empty, another''s, or begins with ID';

-- What the site's own columns read. A column that is no longer valid needs no grants: the check reports it.
CREATE FUNCTION @extschema@._export_leads_own_columns(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (relation regclass, column_name text)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    own record;
BEGIN
    FOR own IN SELECT c.expression FROM @extschema@.export_leads_columns AS c WHERE c.expression IS NOT NULL LOOP
        BEGIN
            RETURN QUERY
            SELECT CASE e.part WHEN 'leads' THEN configuration.leads
                               WHEN 'statuses' THEN configuration.statuses
                               ELSE configuration.calls END,
                   e.column_name
            FROM @extschema@._export_leads_expression_columns(configuration, own.expression) AS e;
        -- Only these errors: a time-out must not make a column look as if it needed nothing.
        EXCEPTION WHEN syntax_error_or_access_rule_violation OR invalid_schema_name OR feature_not_supported
                       OR data_exception OR integrity_constraint_violation THEN
            CONTINUE;
        END;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_own_columns(@extschema@.export_leads_configuration) IS
    'Internal: what the site''s own columns read';

-- Grants the reader what the columns need, and revokes what they no longer need.
CREATE FUNCTION @extschema@._export_leads_grant_columns()
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    configuration @extschema@.export_leads_configuration;
    statement record;
BEGIN
    SELECT * INTO configuration FROM @extschema@._export_leads_current_configuration();
    IF FOUND THEN
        FOR statement IN SELECT * FROM @extschema@._export_leads_reader_plan(configuration) LOOP
            EXECUTE statement.sql;
        END LOOP;
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_grant_columns() IS
    'Internal: keeps the reader''s grants at what the columns need';

CREATE FUNCTION @extschema@._export_leads_add_column(name text, expression text, header text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF name IS NULL OR expression IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'a column needs a name and an expression',
            HINT = 'SELECT @extschema@.export_leads_add_column(''city'', ''lead.city'');';
    ELSIF name !~ '^[a-zA-Z_][a-zA-Z0-9_]{0,62}$' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'the name of a column must be letters a-z, digits and "_"',
            HINT = 'What the file calls it may be anything: '
                   '@extschema@.export_leads_add_column(name, expression, header).';
    ELSIF EXISTS (SELECT FROM @extschema@.export_leads_available_columns() AS a WHERE a.name = name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'duplicate_object',
            MESSAGE = format('column "%s" already exists', name),
            HINT = 'One that a site has added can be taken away: @extschema@.export_leads_remove_column(name).';
    END IF;
    -- As in set-up: two calls at once would not see each other's grants.
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    PERFORM @extschema@._export_leads_require_one_meaning(
        (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression);
    INSERT INTO @extschema@.export_leads_columns
        (name, header, expression, call_columns, status_columns, functions, reads)
    SELECT name, header, expression,
           COALESCE(array_agg(DISTINCT c.column_name) FILTER (WHERE c.part = 'calls'), '{}'),
           COALESCE(array_agg(DISTINCT c.column_name) FILTER (WHERE c.part = 'statuses'), '{}'),
           @extschema@._export_leads_functions_of(
               (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression),
           @extschema@._export_leads_columns_read(
               (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression)
    FROM @extschema@._export_leads_expression_columns(
        (SELECT s FROM @extschema@._export_leads_current_configuration() AS s), expression) AS c;
    PERFORM @extschema@._export_leads_require_header(name);
    PERFORM @extschema@._export_leads_grant_columns();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_add_column(text, text, text) IS
    'Internal: what export_leads_add_column() does';

CREATE FUNCTION @extschema@.export_leads_add_column(name text, expression text, header text DEFAULT NULL)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT @extschema@._export_leads_add_column(name, expression, header);
    SELECT @extschema@._export_leads_tell_change();
END;
COMMENT ON FUNCTION @extschema@.export_leads_add_column(text, text, text) IS
    'Adds a column to what exports can have: an SQL expression over lead, call (the latest) and status';

CREATE FUNCTION @extschema@._export_leads_remove_column(name text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    DELETE FROM @extschema@.export_leads_columns AS c WHERE c.name = name AND c.expression IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('no column "%s" was added', name);
    END IF;
    PERFORM @extschema@._export_leads_grant_columns();
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_remove_column(text) IS
    'Internal: what export_leads_remove_column() does';

CREATE FUNCTION @extschema@.export_leads_remove_column(name text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT @extschema@._export_leads_remove_column(name);
    SELECT @extschema@._export_leads_tell_change();
END;
COMMENT ON FUNCTION @extschema@.export_leads_remove_column(text) IS
    'Takes away a column that export_leads_add_column() added';

CREATE FUNCTION @extschema@._export_leads_set_header(name text, header text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
    IF NOT EXISTS (SELECT FROM @extschema@.export_leads_available_columns() AS a WHERE a.name = name) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = format('there is no column "%s"', name),
            HINT = (SELECT format('The columns are: %s.', string_agg(a.name, ', '))
                    FROM @extschema@.export_leads_available_columns() AS a);
    END IF;
    -- Two calls at once could give two columns the same header.
    LOCK TABLE @extschema@.export_leads_configuration IN SHARE ROW EXCLUSIVE MODE;
    PERFORM @extschema@._export_leads_lock_tables();
    INSERT INTO @extschema@.export_leads_columns (name, header) VALUES (name, header)
    ON CONFLICT ON CONSTRAINT export_leads_columns_pkey DO UPDATE SET header = EXCLUDED.header;
    DELETE FROM @extschema@.export_leads_columns AS c WHERE c.header IS NULL AND c.expression IS NULL;
    PERFORM @extschema@._export_leads_require_header(name);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_set_header(text, text) IS
    'Internal: what export_leads_set_header() does';

CREATE FUNCTION @extschema@.export_leads_set_header(name text, header text)
RETURNS void
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT @extschema@._export_leads_require_closed_schema();
    SELECT @extschema@._export_leads_require_coordinator();
    SELECT @extschema@._export_leads_set_header(name, header);
    SELECT @extschema@._export_leads_tell_change();
END;
COMMENT ON FUNCTION @extschema@.export_leads_set_header(text, text) IS
    'What files call a column; NULL for its name';

-- PostgreSQL accepts much more than the names of zones: "foo3" is three hours west of Greenwich, and what an
-- abbreviation means depends on a setting of the session.
CREATE FUNCTION @extschema@._export_leads_is_time_zone(name text)
RETURNS boolean
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT name = 'UTC'
        OR (NOT EXISTS (SELECT FROM pg_timezone_abbrevs AS a WHERE a.abbrev = upper(name))
            AND EXISTS (SELECT FROM pg_timezone_names AS n WHERE n.name = _export_leads_is_time_zone.name));
END;
COMMENT ON FUNCTION @extschema@._export_leads_is_time_zone(text) IS
    'Internal: whether it is the full name of a time zone';

-- Decides what a file looks like: as given, else as stored, else UTC and from right to left.
CREATE FUNCTION @extschema@._export_leads_decide_file(given jsonb, stored jsonb)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    decided jsonb;
    zone text;
BEGIN
    SELECT jsonb_strip_nulls(jsonb_object_agg(
               r.name, COALESCE(given -> r.name, NULLIF(stored -> r.name, 'null'), r.otherwise)))
    INTO decided
    FROM (VALUES ('time_zone', '"UTC"'::jsonb), ('shown_time_zone', 'null'), ('right_to_left', 'true'))
         AS r (name, otherwise);
    IF decided ->> 'shown_time_zone' = '' THEN
        decided := decided - 'shown_time_zone';
    END IF;
    SELECT z.name INTO zone
    FROM (VALUES (given ->> 'time_zone'), (NULLIF(given ->> 'shown_time_zone', ''))) AS z (name)
    WHERE NOT @extschema@._export_leads_is_time_zone(z.name)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('"%s" is not the full name of a time zone', zone),
            HINT = 'Name it as pg_timezone_names does, such as Asia/Jerusalem.';
    END IF;
    RETURN decided;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_decide_file(jsonb, jsonb) IS
    'Internal: decides what a file looks like, for export_leads_setup()';

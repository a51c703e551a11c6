
-- The history: what the functions of history_by_type.sql.in run for a tenant, as the reader. Row security shows it that
-- tenant's rows only; each condition names the tenant nevertheless, so that two things would have to fail.

CREATE FUNCTION @extschema@._export_leads_schema()
RETURNS oid
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(to_regnamespace('@extschema@')::oid, 0::oid);
END;
COMMENT ON FUNCTION @extschema@._export_leads_schema() IS
    'Internal: the schema that now has the name which the functions use, 0 where none has';

CREATE FUNCTION @extschema@._export_leads_caller()
RETURNS text
LANGUAGE C
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'export_leads_caller';
COMMENT ON FUNCTION @extschema@._export_leads_caller() IS
    'Internal: the role that made the call for a tenant that is running';

CREATE FUNCTION @extschema@._export_leads_inflate(compressed bytea, size int)
RETURNS bytea
LANGUAGE C
IMMUTABLE
STRICT
NOT LEAKPROOF
PARALLEL SAFE
AS 'MODULE_PATHNAME', 'export_leads_inflate';
COMMENT ON FUNCTION @extschema@._export_leads_inflate(bytea, int) IS
    'Internal: a piece of a kept file as it was before it was stored';

-- Removes a tenant's files that are past keep_files, so that they do not count against the quota until the next
-- export_leads_purge().
CREATE FUNCTION @extschema@._export_leads_expire(tenant text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    expired uuid[];
BEGIN
    WITH marked AS (
        UPDATE @extschema@.export_leads_exports AS e
        SET state = 'expired'
        WHERE e.tenant = _export_leads_expire.tenant AND e.state = 'done'
          AND e.export_id IN (SELECT past.export_id
                              FROM @extschema@.export_leads_exports AS past
                              WHERE past.tenant = _export_leads_expire.tenant AND past.state = 'done'
                                AND past.finished_at
                                    < clock_timestamp() - (SELECT c.keep_files
                                                           FROM @extschema@.export_leads_configuration AS c)
                              FOR UPDATE SKIP LOCKED)
        RETURNING e.export_id
    )
    SELECT array_agg(m.export_id) INTO expired FROM marked AS m;
    DELETE FROM @extschema@.export_leads_pieces AS p
    WHERE p.tenant = _export_leads_expire.tenant AND p.export_id = ANY (expired);
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_expire(text) IS
    'Internal: removes a tenant''s files that are kept no longer';

-- What a tenant has, as far as it is limited.
CREATE FUNCTION @extschema@._export_leads_totals(tenant text)
RETURNS TABLE (kept_bytes bigint, schedules bigint)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT (SELECT COALESCE(sum(e.size), 0)::bigint
            FROM @extschema@.export_leads_exports AS e
            WHERE e.tenant = _export_leads_totals.tenant AND e.state = 'done'),
           (SELECT count(*)
            FROM @extschema@.export_leads_schedules AS s
            WHERE s.tenant = _export_leads_totals.tenant);
END;
COMMENT ON FUNCTION @extschema@._export_leads_totals(text) IS
    'Internal: how many bytes of files and how many schedules a tenant has';

CREATE FUNCTION @extschema@._export_leads_latest_totals(tenant text)
RETURNS TABLE (kept_bytes bigint, schedules bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_latest_totals';
COMMENT ON FUNCTION @extschema@._export_leads_latest_totals(text) IS
    'Internal: what _export_leads_totals() returns in a snapshot of this moment';

-- The row of a file that is about to be stored; of the run that export_id names, or a new one. Saves of one tenant wait
-- for one another here, so that they do not fill its quota together.
CREATE FUNCTION @extschema@._export_leads_keep(
    tenant text, export_id uuid, status text, format text, columns text[], created_from text, created_to text,
    requested_by text, started_at timestamptz, lead_count bigint, size bigint, filename text, content_type text,
    sha256 bytea)
RETURNS uuid
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    given ALIAS FOR export_id;
    quota CONSTANT bigint := (SELECT c.tenant_quota FROM @extschema@.export_leads_configuration AS c);
    kept bigint;
    id uuid := given;
BEGIN
    IF id IS NULL AND _export_leads_keep.requested_by IS NOT NULL
       AND (char_length(_export_leads_keep.requested_by) > 200
            OR NOT @extschema@._export_leads_is_line(_export_leads_keep.requested_by)) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'requested_by must be one line of at most 200 characters that is not blank',
            HINT = 'Give what the application calls its user, or NULL for nobody.';
    END IF;
    PERFORM pg_advisory_xact_lock('@extschema@.export_leads_pieces'::regclass::oid::int,
                                  hashtext(_export_leads_keep.tenant));
    PERFORM @extschema@._export_leads_expire(_export_leads_keep.tenant);
    SELECT t.kept_bytes INTO kept FROM @extschema@._export_leads_latest_totals(_export_leads_keep.tenant) AS t;
    IF kept + _export_leads_keep.size > quota THEN
        RAISE EXCEPTION USING
            ERRCODE = 'program_limit_exceeded',
            MESSAGE = 'the file would exceed the quota of this tenant',
            DETAIL = format('It has %s, %s are kept already, and the quota is %s.',
                            pg_size_pretty(_export_leads_keep.size), pg_size_pretty(kept), pg_size_pretty(quota)),
            HINT = CASE WHEN _export_leads_keep.size > quota
                        THEN 'A superuser can raise the quota: export_leads_setup(tenant_quota => ...).'
                        ELSE 'Forget files that are no longer needed: export_leads_forget(tenant, export_id).' END;
    END IF;
    IF id IS NULL THEN
        INSERT INTO @extschema@.export_leads_exports
            (tenant, status, format, columns, created_from, created_to, requested_by, role, started_at, finished_at,
             state, lead_count, size, filename, content_type, sha256)
        VALUES (_export_leads_keep.tenant, _export_leads_keep.status, _export_leads_keep.format,
                _export_leads_keep.columns, _export_leads_keep.created_from, _export_leads_keep.created_to,
                _export_leads_keep.requested_by, @extschema@._export_leads_caller(), _export_leads_keep.started_at,
                clock_timestamp(), 'done', _export_leads_keep.lead_count, _export_leads_keep.size,
                _export_leads_keep.filename, _export_leads_keep.content_type, _export_leads_keep.sha256)
        RETURNING export_id INTO id;
    ELSE
        UPDATE @extschema@.export_leads_exports AS e
        SET finished_at = clock_timestamp(), state = 'done', lead_count = _export_leads_keep.lead_count,
            size = _export_leads_keep.size, filename = _export_leads_keep.filename,
            content_type = _export_leads_keep.content_type, sha256 = _export_leads_keep.sha256
        WHERE e.tenant = _export_leads_keep.tenant AND e.export_id = id AND e.state = 'running';
        IF NOT FOUND THEN
            PERFORM @extschema@._export_leads_raise_no_export(id);
        END IF;
    END IF;
    RETURN id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_keep(
    text, uuid, text, text, text[], text, text, text, timestamptz, bigint, bigint, text, text, bytea) IS
    'Internal: the row of a file that is about to be kept; raises 54000 beyond the quota';

CREATE FUNCTION @extschema@._export_leads_raise_no_export(export_id uuid)
RETURNS void
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'no_data_found',
        MESSAGE = format('there is no kept export %s', COALESCE(export_id::text, 'NULL')),
        HINT = 'export_leads_history() lists those of a tenant.';
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_raise_no_export(uuid) IS
    'Internal: raises P0002, which says the same for another tenant''s id';

CREATE FUNCTION @extschema@._export_leads_history(
    of_tenant text, of_status text, before timestamptz, max_rows int, only_export_id uuid)
RETURNS TABLE (
    export_id uuid, status text, format text, columns text[], created_from text, created_to text, requested_by text,
    role text, schedule_id uuid, started_at timestamptz, took interval, lead_count bigint, size bigint, filename text,
    content_type text, sha256 text, state text, sqlstate text, error text, downloads bigint,
    last_download timestamptz, expires_at timestamptz)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF max_rows IS NULL OR max_rows < 1 THEN
        RAISE EXCEPTION USING
            ERRCODE = CASE WHEN max_rows IS NULL THEN '22004' ELSE '22023' END,
            MESSAGE = 'max_rows must be a number from 1 on';
    END IF;
    RETURN QUERY
    SELECT e.export_id, e.status, e.format, e.columns, e.created_from, e.created_to, e.requested_by, e.role,
           e.schedule_id, e.started_at, e.finished_at - e.started_at, e.lead_count, e.size, e.filename, e.content_type,
           encode(e.sha256, 'hex'), e.state, e.sqlstate, e.error, e.downloads, e.last_download,
           CASE WHEN e.state = 'done' THEN e.finished_at + c.keep_files END
    FROM @extschema@.export_leads_exports AS e
    CROSS JOIN @extschema@.export_leads_configuration AS c
    WHERE e.tenant = of_tenant
      AND (of_status IS NULL OR e.status = of_status)
      AND (before IS NULL OR e.started_at < before)
      AND (only_export_id IS NULL OR e.export_id = only_export_id)
    ORDER BY e.started_at DESC, e.export_id DESC
    LIMIT max_rows;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_history(text, text, timestamptz, int, uuid) IS
    'Internal: what export_leads_history() shows';

-- What the history tells of a file that is to be read.
CREATE FUNCTION @extschema@._export_leads_require_saved(tenant text, export_id uuid)
RETURNS SETOF @extschema@.export_leads_exports
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    found_export @extschema@.export_leads_exports;
BEGIN
    SELECT * INTO found_export
    FROM @extschema@.export_leads_exports AS e
    WHERE e.tenant = $1 AND e.export_id = $2;
    IF NOT FOUND THEN
        PERFORM @extschema@._export_leads_raise_no_export($2);
    ELSIF found_export.state <> 'done' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format(CASE found_export.state WHEN 'running' THEN 'export %s is still running'
                                                     WHEN 'failed' THEN 'export %s failed and has no file'
                                                     ELSE 'the file of export %s is no longer kept' END, $2),
            HINT = 'Export again.';
    ELSIF found_export.size > 0
          AND NOT EXISTS (SELECT
                          FROM @extschema@.export_leads_pieces AS p
                          WHERE p.tenant = $1 AND p.export_id = $2) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('the file of export %s is not in this database', $2),
            DETAIL = 'Its row was restored from a dump without the files.',
            HINT = 'Export again.';
    END IF;
    RETURN NEXT found_export;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_require_saved(text, uuid) IS
    'Internal: the row of a file that is to be read; raises P0002';

-- Whoever reads a file waits for nobody: where two do at once, one may go uncounted.
CREATE FUNCTION @extschema@._export_leads_count_download(tenant text, export_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    UPDATE @extschema@.export_leads_exports AS e
    SET downloads = e.downloads + 1, last_download = clock_timestamp()
    WHERE e.tenant = $1
      AND e.export_id = (SELECT c.export_id
                         FROM @extschema@.export_leads_exports AS c
                         WHERE c.tenant = $1 AND c.export_id = $2
                         FOR NO KEY UPDATE SKIP LOCKED);
EXCEPTION WHEN serialization_failure THEN
    NULL; -- another has counted its own since this transaction's snapshot
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_count_download(text, uuid) IS
    'Internal: counts that a kept file was fetched';

CREATE FUNCTION @extschema@._export_leads_forget(tenant text, export_id uuid)
RETURNS void
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF $2 IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'export_id must not be null';
    END IF;
    DELETE FROM @extschema@.export_leads_exports AS e
    WHERE e.tenant = $1 AND e.export_id = $2 AND e.state <> 'running';
    IF NOT FOUND THEN
        IF EXISTS (SELECT FROM @extschema@.export_leads_exports AS e WHERE e.tenant = $1 AND e.export_id = $2) THEN
            RAISE EXCEPTION USING
                ERRCODE = 'object_in_use',
                MESSAGE = format('export %s is still running', $2);
        END IF;
        PERFORM @extschema@._export_leads_raise_no_export($2);
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_forget(text, uuid) IS
    'Internal: what export_leads_forget() does';

-- Removes what retention no longer keeps, for all tenants: files after keep_files, and rows after keep_rows.
CREATE FUNCTION @extschema@._export_leads_purge()
RETURNS TABLE (tenant text, files bigint, bytes bigint, rows bigint)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    rules @extschema@.export_leads_configuration;
BEGIN
    SELECT * INTO rules FROM @extschema@.export_leads_configuration;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM @extschema@._export_leads_require_closed_schema();
    PERFORM @extschema@._export_leads_require_foreign_keys();
    RETURN QUERY
    WITH past AS (
        SELECT e.export_id, e.tenant, e.state = 'done' AS has_file, e.size,
               e.started_at < clock_timestamp() - rules.keep_rows AND e.state <> 'running' AS goes
        FROM @extschema@.export_leads_exports AS e
        WHERE e.state = 'done' AND e.finished_at < clock_timestamp() - rules.keep_files
           OR e.state <> 'running' AND e.started_at < clock_timestamp() - rules.keep_rows
        FOR UPDATE SKIP LOCKED
    ), removed AS (
        DELETE FROM @extschema@.export_leads_exports AS e USING past AS p WHERE e.export_id = p.export_id AND p.goes
    ), expired AS (
        UPDATE @extschema@.export_leads_exports AS e
        SET state = 'expired'
        FROM past AS p
        WHERE e.export_id = p.export_id AND NOT p.goes
    ), pieces AS (
        DELETE FROM @extschema@.export_leads_pieces AS f USING past AS p WHERE f.export_id = p.export_id AND NOT p.goes
    )
    SELECT p.tenant, count(*) FILTER (WHERE p.has_file), COALESCE(sum(p.size) FILTER (WHERE p.has_file), 0)::bigint,
           count(*) FILTER (WHERE p.goes)
    FROM past AS p
    GROUP BY p.tenant
    ORDER BY p.tenant;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_purge() IS
    'Internal: what export_leads_purge() does';

CREATE FUNCTION @extschema@.export_leads_purge()
RETURNS TABLE (tenant text, files bigint, bytes bigint, rows bigint)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_purge() IS
    'Removes what is kept no longer, and returns what that was, a row for each tenant';

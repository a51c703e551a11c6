
-- What a mailer calls. It claims deliveries for as long as a lease lasts, fetches each one's file, sends it, and says
-- how that went. Each claim counts as an attempt, whose number the mailer gives back: when its lease has ended and
-- another mailer has taken over, what it says changes nothing. A mail may be sent by both then, which is why each
-- delivery has one id for all its attempts.

-- What is kept of an error: at most 500 characters, none of which moves a terminal's cursor or begins a new line.
CREATE FUNCTION @extschema@._export_leads_printable_error(error text)
RETURNS text
LANGUAGE sql
IMMUTABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT substr(regexp_replace(error, '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', ' ', 'g'), 1, 500);
END;
COMMENT ON FUNCTION @extschema@._export_leads_printable_error(text) IS
    'Internal: the beginning of an error, without control characters';

-- The deliveries whose time has come, earliest first. One whose file has expired or is gone fails at once. Deliveries
-- that another mailer is claiming at the same moment are passed over.
CREATE FUNCTION @extschema@._export_leads_claim_deliveries(
    max_rows int,
    lease interval
)
RETURNS TABLE (
    delivery_id uuid,
    attempt int,
    tenant text,
    export_id uuid,
    recipient text,
    name text,
    status text,
    format text,
    filename text,
    content_type text,
    lead_count bigint,
    size bigint,
    sha256 text,
    created_from text,
    created_to text,
    requested_by text,
    exported_at timestamptz
)
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    ids uuid[];
BEGIN
    IF max_rows IS NULL OR lease IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = CASE WHEN max_rows IS NULL THEN 'max_rows must not be null' ELSE 'lease must not be null' END;
    ELSIF max_rows NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'max_rows must be from 1 to 1000';
    ELSIF lease NOT BETWEEN interval '1 second' AND interval '1 day' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'lease must be from 1 second to 1 day',
            HINT = 'Give the longest time that sending these mails and saying so may take.';
    END IF;

    PERFORM @extschema@._export_leads_require_closed_schema();
    ids := ARRAY(SELECT d.delivery_id
                 FROM @extschema@.export_leads_deliveries AS d
                 JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
                 WHERE d.state = 'waiting' AND d.next_attempt <= moment
                   AND (d.leased_until IS NULL OR d.leased_until <= moment)
                   AND e.state <> 'running'
                   AND (e.state <> 'done'
                        OR (e.size > 0 AND NOT EXISTS (SELECT
                                                       FROM @extschema@.export_leads_pieces AS p
                                                       WHERE p.export_id = d.export_id AND p.first_byte = 0)))
                 FOR UPDATE OF d SKIP LOCKED);
    UPDATE @extschema@.export_leads_deliveries AS d
    SET state = 'failed', error = 'the file is no longer kept', leased_until = NULL, next_attempt = moment
    WHERE d.delivery_id = ANY (ids);

    -- In an array first: an UPDATE that joins the rows as it locks them may lock more than it was told to.
    ids := ARRAY(SELECT d.delivery_id
                 FROM @extschema@.export_leads_deliveries AS d
                 JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
                 WHERE d.state = 'waiting' AND d.next_attempt <= moment
                   AND (d.leased_until IS NULL OR d.leased_until <= moment)
                   AND e.state = 'done'
                 ORDER BY d.next_attempt, d.created_at
                 LIMIT max_rows
                 FOR UPDATE OF d SKIP LOCKED);
    RETURN QUERY
    UPDATE @extschema@.export_leads_deliveries AS d
    SET leased_until = moment + lease, attempts = d.attempts + 1
    FROM @extschema@.export_leads_exports AS e
    WHERE d.delivery_id = ANY (ids) AND e.tenant = d.tenant AND e.export_id = d.export_id
    RETURNING d.delivery_id, d.attempts, d.tenant, d.export_id, d.recipient, d.name, e.status, e.format, e.filename,
              e.content_type, e.lead_count, e.size, encode(e.sha256, 'hex'), e.created_from, e.created_to,
              e.requested_by, e.finished_at;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_claim_deliveries(int, interval) IS
    'Internal: what export_leads_claim_deliveries() does';

CREATE FUNCTION @extschema@.export_leads_claim_deliveries(
    max_rows int DEFAULT 10,
    lease interval DEFAULT '5 minutes'
)
RETURNS TABLE (
    delivery_id uuid,
    attempt int,
    tenant text,
    export_id uuid,
    recipient text,
    name text,
    status text,
    format text,
    filename text,
    content_type text,
    lead_count bigint,
    size bigint,
    sha256 text,
    created_from text,
    created_to text,
    requested_by text,
    exported_at timestamptz
)
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_claim_deliveries(int, interval) IS
    'Leases deliveries that are due to the calling mailer, which has to say how each went before the lease ends';

-- The bytes of a delivery's file from first_byte on, in pieces. Raises P0002 when the lease of that attempt has ended
-- or the file is no longer kept, XX001 when pieces of it are missing or damaged.
CREATE FUNCTION @extschema@._export_leads_delivery_file(delivery_id uuid, attempt int, first_byte bigint)
RETURNS SETOF bytea
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted CONSTANT bigint := _export_leads_delivery_file.first_byte;
    piece record;
    body bytea;
    next_byte bigint;
    file_size bigint;
BEGIN
    IF wanted IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'first_byte must not be null';
    END IF;
    -- One query, which sees a file that retention takes away meanwhile either whole or not at all.
    FOR piece IN
        SELECT e.state, e.size AS file_size, p.first_byte, p.size, p.compressed
        FROM @extschema@.export_leads_deliveries AS d
        JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
        LEFT JOIN @extschema@.export_leads_pieces AS p
            ON p.tenant = d.tenant AND p.export_id = d.export_id AND p.first_byte + p.size > wanted
        WHERE d.delivery_id = _export_leads_delivery_file.delivery_id
          AND d.attempts = _export_leads_delivery_file.attempt
          AND d.state = 'waiting'
          AND d.leased_until > clock_timestamp()
        ORDER BY p.first_byte
    LOOP
        IF piece.state <> 'done' THEN
            RAISE EXCEPTION USING
                ERRCODE = 'no_data_found',
                MESSAGE = 'the file is no longer kept';
        ELSIF file_size IS NULL THEN
            file_size := piece.file_size;
            IF wanted NOT BETWEEN 0 AND file_size THEN
                RAISE EXCEPTION USING
                    ERRCODE = 'invalid_parameter_value',
                    MESSAGE = format('first_byte must be from 0 to %s, the size of the file', file_size);
            END IF;
            next_byte := wanted;
        END IF;
        CONTINUE WHEN piece.first_byte IS NULL;
        body := @extschema@._export_leads_inflate(piece.compressed, piece.size);
        -- Only the first piece may begin before the byte that is next.
        EXIT WHEN length(body) <> piece.size OR piece.first_byte > next_byte
               OR (piece.first_byte < next_byte AND next_byte <> wanted);
        RETURN NEXT CASE WHEN piece.first_byte < wanted
                         THEN substring(body FROM (wanted - piece.first_byte)::int + 1) ELSE body END;
        next_byte := piece.first_byte + piece.size;
    END LOOP;
    IF file_size IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'no_data_found',
            MESSAGE = format('delivery %s is not leased to attempt %s', delivery_id, attempt),
            HINT = 'Claim it again: its lease has ended.';
    ELSIF next_byte <> file_size THEN
        RAISE EXCEPTION USING
            ERRCODE = 'data_corrupted',
            MESSAGE = 'a part of the file is missing or damaged';
    END IF;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_delivery_file(uuid, int, bigint) IS
    'Internal: what export_leads_delivery_file() does';

CREATE FUNCTION @extschema@.export_leads_delivery_file(delivery_id uuid, attempt int, first_byte bigint DEFAULT 0)
RETURNS SETOF bytea
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_delivery_file(uuid, int, bigint) IS
    'The file of a delivery, in pieces, while the lease of that attempt lasts';

CREATE FUNCTION @extschema@._export_leads_delivery_done(delivery_id uuid, attempt int)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM @extschema@._export_leads_require_closed_schema();
    UPDATE @extschema@.export_leads_deliveries AS d
    SET state = 'sent', sent_at = clock_timestamp(), leased_until = NULL, error = NULL
    WHERE d.delivery_id = _export_leads_delivery_done.delivery_id
      AND d.attempts = _export_leads_delivery_done.attempt
      AND d.state = 'waiting'
      AND d.leased_until IS NOT NULL;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_delivery_done(uuid, int) IS
    'Internal: what export_leads_delivery_done() does';

CREATE FUNCTION @extschema@.export_leads_delivery_done(delivery_id uuid, attempt int)
RETURNS boolean
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_delivery_done(uuid, int) IS
    'Records that a delivery was sent; false if the lease ended and another mailer took over';

-- next_attempt of a delivery that was given up is the moment when that was.
CREATE FUNCTION @extschema@._export_leads_delivery_failed(
    delivery_id uuid,
    attempt int,
    error text,
    pause interval
)
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF error IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'error must not be null',
            HINT = 'Give the words of the server that refused, or what else went wrong.';
    ELSIF pause NOT BETWEEN interval '0' AND interval '30 days' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'pause must be from 0 to 30 days',
            HINT = 'NULL gives the delivery up.';
    END IF;
    PERFORM @extschema@._export_leads_require_closed_schema();
    UPDATE @extschema@.export_leads_deliveries AS d
    SET state = CASE WHEN pause IS NULL THEN 'failed' ELSE 'waiting' END,
        error = @extschema@._export_leads_printable_error(_export_leads_delivery_failed.error),
        next_attempt = clock_timestamp() + COALESCE(pause, interval '0'),
        leased_until = NULL
    WHERE d.delivery_id = _export_leads_delivery_failed.delivery_id
      AND d.attempts = _export_leads_delivery_failed.attempt
      AND d.state = 'waiting'
      AND d.leased_until IS NOT NULL;
    RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_delivery_failed(uuid, int, text, interval) IS
    'Internal: what export_leads_delivery_failed() does';

CREATE FUNCTION @extschema@.export_leads_delivery_failed(
    delivery_id uuid,
    attempt int,
    error text,
    pause interval DEFAULT NULL
)
RETURNS boolean
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_delivery_failed(uuid, int, text, interval) IS
    'Records why a delivery failed, and after which pause to try again, NULL to give up; false as for done';

CREATE FUNCTION @extschema@._export_leads_next_delivery()
RETURNS interval
LANGUAGE sql
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN first.moment IS NOT NULL THEN greatest(first.moment - clock_timestamp(), interval '0') END
    FROM (SELECT min(greatest(d.next_attempt, d.leased_until)) AS moment
          FROM @extschema@.export_leads_deliveries AS d
          JOIN @extschema@.export_leads_exports AS e ON e.tenant = d.tenant AND e.export_id = d.export_id
          WHERE d.state = 'waiting' AND e.state <> 'running') AS first;
END;
COMMENT ON FUNCTION @extschema@._export_leads_next_delivery() IS
    'Internal: what export_leads_next_delivery() does';

CREATE FUNCTION @extschema@.export_leads_next_delivery()
RETURNS interval
LANGUAGE C
VOLATILE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'export_leads_for_owner';
COMMENT ON FUNCTION @extschema@.export_leads_next_delivery() IS
    'How long until there may be a delivery to claim; NULL if none is waiting';

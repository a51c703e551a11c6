
-- What became of deliveries: for the tenant's application, and for the check.

CREATE FUNCTION @extschema@._export_leads_deliveries(tenant text, export_id uuid)
RETURNS TABLE (
    recipient text,
    state text,
    attempts int,
    sent_at timestamptz,
    error text,
    next_attempt timestamptz
)
LANGUAGE plpgsql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL RESTRICTED
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF export_id IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'export_id must not be null';
    ELSIF NOT EXISTS (SELECT
                      FROM @extschema@.export_leads_exports AS e
                      WHERE e.tenant = _export_leads_deliveries.tenant
                        AND e.export_id = _export_leads_deliveries.export_id) THEN
        PERFORM @extschema@._export_leads_raise_no_export(export_id);
    END IF;
    RETURN QUERY
    SELECT d.recipient, d.state, d.attempts, d.sent_at, d.error,
           CASE d.state WHEN 'waiting' THEN greatest(d.next_attempt, d.leased_until) END
    FROM @extschema@.export_leads_deliveries AS d
    WHERE d.tenant = _export_leads_deliveries.tenant AND d.export_id = _export_leads_deliveries.export_id
    ORDER BY d.created_at, d.recipient, d.delivery_id;
END;
$$;
COMMENT ON FUNCTION @extschema@._export_leads_deliveries(text, uuid) IS
    'Internal: what export_leads_deliveries() does, as the reader';

CREATE FUNCTION @extschema@._export_leads_check_deliveries(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'delivery_failed', 'warning', '@extschema@.export_leads_deliveries',
           format('%s of the deliveries of the last 7 days failed; the last one: %s', count(*),
                  (array_agg(d.error ORDER BY d.next_attempt DESC, d.delivery_id))[1]),
           'UPDATE @extschema@.export_leads_deliveries SET state = ''waiting'', attempts = 0, next_attempt = now() '
           'WHERE state = ''failed'' AND next_attempt > now() - interval ''7 days''; NOTIFY export_leads_deliveries; '
           '-- sends them again, once the cause is mended'
    FROM @extschema@.export_leads_deliveries AS d
    WHERE d.state = 'failed' AND d.next_attempt > now() - interval '7 days'
    HAVING count(*) > 0
    UNION ALL
    SELECT 'deliveries_late', 'warning', '@extschema@.export_leads_deliveries',
           format('deliveries that are late by more than an hour: %s; either no mailer runs, or it reaches no mail '
                  'server, which its log says', count(*)),
           '-- start the mailer, or read its log'
    FROM @extschema@.export_leads_deliveries AS d
    WHERE d.state = 'waiting' AND greatest(d.next_attempt, d.leased_until) < now() - interval '1 hour'
    HAVING count(*) > 0;
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_deliveries(@extschema@.export_leads_configuration) IS
    'Internal: deliveries that failed or that nobody takes, for export_leads_check()';

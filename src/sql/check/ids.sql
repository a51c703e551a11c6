
-- The check's part about how calls name their lead: by a value of the type of the lead's id.

-- The type that indexes on a column are of, where varchar is text.
CREATE FUNCTION @extschema@._export_leads_compared_type(relation regclass, column_name text)
RETURNS regtype
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE t.type WHEN 'varchar'::regtype THEN 'text'::regtype ELSE t.type END
    FROM @extschema@._export_leads_base_type(relation, column_name) AS t (type);
END;
COMMENT ON FUNCTION @extschema@._export_leads_compared_type(regclass, text) IS
    'Internal: the type that a column''s values compare as, for export_leads_check()';

-- Types of one family, such as integer and bigint, can use each other's indexes; the worst is that a lead whose id does
-- not fit the calls' type can have no calls. Other types are cast for each call, if PostgreSQL has an implicit cast. If
-- it has none, no export runs; nor if both columns have explicit collations that differ.
CREATE FUNCTION @extschema@._export_leads_check_ids(configuration @extschema@.export_leads_configuration)
RETURNS TABLE (name text, level text, object text, detail text, remediation text)
LANGUAGE sql
STABLE
CALLED ON NULL INPUT
NOT LEAKPROOF
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT 'id_types',
           CASE WHEN EXISTS (SELECT
                             FROM pg_amop AS o
                             WHERE o.amopmethod = (SELECT m.oid FROM pg_am AS m WHERE m.amname = 'btree')
                               AND o.amopstrategy = 3
                               AND o.amoplefttype = call.type
                               AND o.amoprighttype = lead.type)
                THEN 'info'
                WHEN EXISTS (SELECT
                             FROM pg_cast AS c
                             WHERE c.castcontext = 'i'
                               AND (c.castsource, c.casttarget) IN ((call.type, lead.type), (lead.type, call.type)))
                THEN 'warning'
                ELSE 'error'
           END,
           (configuration).calls::text,
           format('column "%s" of table "%s" has type %s, but column "%s" of table "%s" has type %s: they should have '
                  'one type, in which whoever writes them can write all that he writes now',
                  (configuration).call_lead_id, (configuration).calls, call.type,
                  (configuration).lead_id, (configuration).leads, lead.type),
           NULL
    FROM @extschema@._export_leads_compared_type((configuration).leads, (configuration).lead_id) AS lead (type)
    CROSS JOIN @extschema@._export_leads_compared_type((configuration).calls, (configuration).call_lead_id)
        AS call (type)
    WHERE lead.type <> call.type
    UNION ALL
    SELECT 'id_collations', 'error', (configuration).calls::text,
           format('column "%s" of table "%s" has collation %s, but column "%s" of table "%s" has collation %s: they '
                  'should have one collation, by which the application may compare and sort them',
                  (configuration).call_lead_id, (configuration).calls, call.attcollation::regcollation,
                  (configuration).lead_id, (configuration).leads, lead.attcollation::regcollation),
           NULL
    FROM pg_attribute AS lead CROSS JOIN pg_attribute AS call
    WHERE lead.attrelid = (configuration).leads AND lead.attname = (configuration).lead_id
      AND call.attrelid = (configuration).calls AND call.attname = (configuration).call_lead_id
      AND lead.attcollation <> call.attcollation
      AND lead.attcollation NOT IN (0::oid, 'pg_catalog.default'::regcollation)
      AND call.attcollation NOT IN (0::oid, 'pg_catalog.default'::regcollation);
END;
COMMENT ON FUNCTION @extschema@._export_leads_check_ids(@extschema@.export_leads_configuration) IS
    'Internal: the types by which calls find their lead, for export_leads_check()';

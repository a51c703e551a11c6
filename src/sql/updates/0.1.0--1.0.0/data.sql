
-- Fills in what 1.0.0 adds to the rows: the names that the tables and their columns have at the time of the update.
UPDATE @extschema@.export_leads_configuration AS c
SET table_names = @extschema@._export_leads_names_of(ARRAY[c.leads, c.statuses, c.calls]::regclass[]),
    name_columns = CASE WHEN NOT c.full_name_given
                             AND c.full_name = @extschema@._export_leads_full_name_of(
                                                   @extschema@._export_leads_name_columns(c.leads, true))
                        THEN @extschema@._export_leads_name_columns(c.leads, true) ELSE '{}' END;
UPDATE @extschema@.export_leads_configuration AS c
SET column_numbers = n.column_numbers, numbered_in = n.numbered_in
FROM @extschema@.export_leads_configuration AS former
CROSS JOIN LATERAL @extschema@._export_leads_number_columns(former) AS n;

# What the parts of the extension's script share, written once: the Makefile puts it wherever a part names it.

# The role that exports read as, which is kReaderRole in C++.
s/@reader@/export_leads_reader/g

# The policies that set-up creates; the first two are kOwnPolicies in C++.
s/@own_policies@/'export_leads_only_tenant', 'export_leads_tenant_rows', 'export_leads_others'/g

# The policy that keeps every other role's access to a table, the first %s, as it was before row security; the second is
# _export_leads_others_condition().
s/@keep_others@/CREATE POLICY export_leads_others ON %s AS PERMISSIVE FOR ALL TO PUBLIC USING (%s) WITH CHECK (true)/

# The last arguments of every export. COMMENT ON FUNCTION takes arguments without their defaults.
s/@shared_arguments@/columns text[] DEFAULT NULL,\
    created_from @extschema@.export_leads_time_bound DEFAULT NULL,\
    created_to @extschema@.export_leads_time_bound DEFAULT NULL/
/^COMMENT ON FUNCTION/ s/ DEFAULT NULL//g

-- The three tables, the calls partitioned by tenant.

SET ROLE storm_owner;
CREATE TABLE crm.leads (
  id int PRIMARY KEY,
  tenant_id int,
  name text,
  phone text,
  email text,
  source text,
  status text,
  notes text,
  created_at timestamp
);
CREATE TABLE crm.lead_statuses (
  tenant_id int,
  name text,
  label text
);
CREATE TABLE crm.call_log (
  id int,
  tenant_id int,
  lead_id int,
  call_status text,
  created_at timestamp
) PARTITION BY LIST (tenant_id);
CREATE TABLE crm.call_log_7 PARTITION OF crm.call_log FOR VALUES IN (7);
CREATE TABLE crm.call_log_13 PARTITION OF crm.call_log FOR VALUES IN (13);
CREATE TABLE crm.call_log_others PARTITION OF crm.call_log DEFAULT;
RESET ROLE;

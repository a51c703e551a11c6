-- The three tables, the leads partitioned by their ids and the statuses by tenant. No default partition is beside the
-- statuses: with one, PostgreSQL detaches no partition CONCURRENTLY.

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
) PARTITION BY RANGE (id);
CREATE TABLE crm.leads_1 PARTITION OF crm.leads FOR VALUES FROM (MINVALUE) TO (1000);
CREATE TABLE crm.leads_2 PARTITION OF crm.leads FOR VALUES FROM (1000) TO (2000);
CREATE TABLE crm.leads_others PARTITION OF crm.leads DEFAULT PARTITION BY RANGE (id);
CREATE TABLE crm.leads_3 PARTITION OF crm.leads_others FOR VALUES FROM (2000) TO (2500);
CREATE TABLE crm.leads_rest PARTITION OF crm.leads_others DEFAULT;
CREATE TABLE crm.lead_statuses (
  tenant_id int,
  name text,
  label text
) PARTITION BY LIST (tenant_id);
CREATE TABLE crm.lead_statuses_7 PARTITION OF crm.lead_statuses FOR VALUES IN (7);
CREATE TABLE crm.lead_statuses_13 PARTITION OF crm.lead_statuses FOR VALUES IN (13);
CREATE TABLE crm.lead_statuses_21 PARTITION OF crm.lead_statuses FOR VALUES IN (21);
CREATE TABLE crm.call_log (
  id int,
  tenant_id int,
  lead_id int,
  call_status text,
  created_at timestamp
);
RESET ROLE;

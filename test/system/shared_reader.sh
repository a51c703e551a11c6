# Two databases of a server share the role that reads.
# shellcheck shell=bash
set -euo pipefail

two_databases_share_the_reader() {
  make_crm crm_one
  make_crm crm_two
  is "$(sql crm_one "SELECT action FROM export_leads_teardown() WHERE object = 'export_leads_reader'")" kept
  is "$(sqlstate crm_one "SELECT export_leads_csv(7, 'new')")" 55000
  is "$(sqlstate crm_two "SELECT export_leads_csv(7, 'new')")" 00000
  dropdb crm_one
  is "$(sql crm_two "SELECT action FROM export_leads_teardown() WHERE object = 'export_leads_reader'")" 'done'
  is "$(reader_exists)" 0
  dropdb crm_two
}

check "teardown keeps the reader that another database uses" two_databases_share_the_reader

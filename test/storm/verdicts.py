"""What must be true of a front of the storm, before, during and after it."""

import contextlib

import psycopg2

import crm
import tally
from exporter import EXPORT
from exporters import PARALLEL_SETTINGS, WithoutGrant
from keepers import SAVED

RIGHT_PER_SECOND = 2.0  # exports that any machine should manage, where 100 are usual
REASONS = WithoutGrant.allowed_errors


def check_before(checks, database, expected):
    """Before the storm: exports are right, and parallel ones really parallel."""
    for role in (None, *crm.ROLES):
        check_exports(checks, database, expected, role, "before")
    with contextlib.closing(crm.connect(database)) as session:
        crm.execute(session, PARALLEL_SETTINGS + "; SET parallel_leader_participation = off")
        crm.execute(session, "SELECT set_config('storm.leader', pg_backend_pid()::text, false)")
        crm.execute(session, "CREATE POLICY storm_workers ON crm.leads AS RESTRICTIVE USING (storm.refuse_workers(id))")
        crm.execute(session, "SELECT FROM export_leads_setup(accepted_policies => (SELECT array_agg(policy) "
                             "|| '{storm_workers}'::text[] FROM export_leads_accepted_policies))")
        try:
            crm.execute(session, EXPORT, (7, "new"))
            words = "no worker took part"
        except psycopg2.Error as error:
            words = str(error)
        checks.that("a worker reads the leads" in words, "parallel workers read the leads", [words.splitlines()[0]])
        crm.execute(session, "DROP POLICY storm_workers ON crm.leads")
        crm.execute(session, "SELECT FROM export_leads_setup(accepted_policies => (SELECT "
                             "COALESCE(array_agg(policy), '{}') FROM export_leads_accepted_policies "
                             "WHERE policy <> 'storm_workers'))")


def check_exports(checks, database, expected, role, when):
    wrong = []
    with contextlib.closing(crm.connect(database, role)) as session:
        for request in crm.REQUESTS:
            try:
                if crm.fetch(session, EXPORT, request)[0] != expected[request]:
                    wrong.append(request)
            except psycopg2.Error as error:
                wrong.append(f"{request}: {error}")
    checks.that(not wrong, f"{when} the storm every export of {role or 'the superuser'} is right", wrong)


def check_sessions(checks, storm, seconds):
    """What the exporting sessions have seen."""
    counts = storm.tally
    for what in ("leaks", "short", "doubled", "wrong", "residues", "lost", "undead"):
        checks.that(counts.counts[what] == 0, f"{what}: {counts.counts[what]}", counts.stories[what])
    checks.that(counts.counts["broken"] == 0, "no session broke down", counts.stories["broken"])
    right = counts.counts["right"]
    checks.that(right >= RIGHT_PER_SECOND * seconds, f"{right} exports were right")
    for name in sorted(counts.exporters):
        print(f"#   {counts.exporters[name]:6d} {name}")
    checks.that(not storm.missing_sessions(), "some of each session's", storm.missing_sessions())
    for code, times in sorted(counts.errors.items()):
        print(f"#   {times:6d} failed with {code}: {REASONS.get(code, 'for no good reason')}")
    checks.that(not storm.missing_errors(), "exports were refused, and cancelled", storm.missing_errors())
    checks.that(counts.counts["unexpected"] == 0, "and failed with nothing unexpected", counts.stories["unexpected"])


def check_grants(checks, storm):
    """That who had no grant had no file while grants were required."""
    with contextlib.closing(crm.connect(storm.database)) as session:
        for name, moments in sorted(storm.tally.moments.items()):
            forbidden = crm.fetch(session, "SELECT count(*) FROM storm.forbidden(%s)", (moments,))[0]
            checks.that(forbidden == 0, f"forbidden: {forbidden} of {len(moments)} files of {name}")


def check_disturbances(checks, storm):
    counts = storm.tally
    missing = [disturbance.name for disturbance in storm.missing_disturbances()]
    for name, times in sorted(counts.happened.items()):
        print(f"#   {times:6d} {name}")
    checks.that(not storm.missing_deeds(), "and so did what sessions do to kept files", storm.missing_deeds())
    checks.that(not missing, f"each of the disturbances happened, {sum(counts.happened.values())} altogether", missing)
    checks.that(counts.happened["pg_cancel_backend"] > 0, "sessions were cancelled")
    refused = ", ".join(f"{times} {code}" for code, times in sorted(counts.refused.items(), key=str))
    print(f"#   statements of DBAs that failed: {refused}")
    checks.that(not counts.stories["internal"], "and no DBA met an internal error", counts.stories["internal"])


def check_log(checks, log, start):
    """The server's log since the storm began."""
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(start)
        lines = file.read().splitlines()
    crashes = [line for line in lines if "PANIC" in line or "terminated by signal" in line or "crash" in line]
    checks.that(not crashes, "no server process crashed", crashes[:5])
    secrets = [line for line in lines if any(secret in line for secret in tally.SECRETS.values())]
    checks.that(not secrets, "no row's data is in the server's log", secrets[:5])


def check_after(checks, database, expected):
    with contextlib.closing(crm.connect(database)) as session:
        crm.mend(session)
        findings = crm.fetch(session, "SELECT coalesce(array_agg(detail), '{}') FROM public.export_leads_check() "
                                      "WHERE level = 'error'")[0]
        checks.that(not findings, "set-up mends what the storm has left", findings)
        checks.that(crm.expected_files(session) == expected, "the leads are what they were")
    for role in (None, *crm.ROLES):
        check_exports(checks, database, expected, role, "after")


def check_kept(checks, storm):
    """What is kept is whole, and all that must be there; nothing else is."""
    with contextlib.closing(crm.connect(storm.database)) as session:
        crm.execute(session, "CALL public.export_leads_run_due()")  # which finds what ended sessions have left
        faults = crm.fetch(session, "SELECT coalesce(array_agg(f), '{}') FROM storm.history_faults() AS f")[0]
        checks.that(not faults, "the history is as its rules say", faults[:5])
        with session.cursor() as cursor:
            cursor.execute("SELECT export_id, tenant::int, status, schedule_id IS NOT NULL "
                           "FROM public.export_leads_exports WHERE state = 'done'")
            kept = {row[0]: row[1:] for row in cursor}
        wrong = [export_id for export_id, (tenant, status, _) in kept.items()
                 if bytes(crm.fetch(session, SAVED, (tenant, export_id))[0]).decode()
                 != storm.tally.expected[tenant, status]]
    checks.that(not wrong, f"each of {len(kept)} kept files is right", wrong[:5])
    lost = [export_id for export_id, request in storm.ledger.lasting().items()
            if kept.get(export_id, ())[:2] != request]
    checks.that(not lost, "no file is lost that was saved and that nobody took away", lost[:5])
    undead = storm.ledger.gone & kept.keys()
    checks.that(not undead, "no file is there that was forgotten", list(undead)[:5])
    unknown = [export_id for export_id, (*_, is_scheduled) in kept.items()
               if not is_scheduled and export_id not in storm.ledger.requests]
    checks.that(len(unknown) <= storm.ledger.doubts,
                f"no file is there whose save failed, but for {storm.ledger.doubts} whose sessions were ended",
                unknown[:5])

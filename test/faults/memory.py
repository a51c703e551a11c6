"""What a session's memory is after many exports, and after many failures."""

import crm
from checks import Failure, expect
from crm import HOLD, LET_GO, Session, expect_right, expect_state

SLACK = 200_000  # bytes that a thousand calls may add to a session: caches settle, a leak would be more


def expect_flat(session, before):
    """Returns by how many bytes the session has grown."""
    grown = session.memory() - before
    if grown > SLACK:
        raise Failure(f"the session has grown by {grown} bytes")
    return f"{grown:+d} bytes"


def after_failures(database):
    """1,000 failures, 200 of each kind."""
    with Session(dbname=database) as session, Session(dbname=database) as other:
        fail(session, other, 20)
        state, before = session.state(), session.memory()
        fail(session, other, 200)
        remark = expect_flat(session, before)
        expect_state(session, state)
        expect_right(session)
        return remark


def fail(session, other, times):
    """So many failures of each kind, which the other session brings about."""
    kinds = (
        ("22P02", "few", "no number", (), ()),
        ("57014", "waits", "7", (HOLD,), (LET_GO,)),
        ("55000", "few", "7", ("ALTER TABLE public.call_log DISABLE ROW LEVEL SECURITY",),
         ("ALTER TABLE public.call_log ENABLE ROW LEVEL SECURITY",)),
        ("P0001", "fails", "7", (), ()),
        ("P0001", "few", "7",
         ("CREATE POLICY site ON public.leads AS RESTRICTIVE USING (public.site_policy(id))",
          "SELECT count(*) FROM public.export_leads_setup(accepted_policies => '{site}', "
          "mutable_policies => '{site}')"),
         ("DROP POLICY site ON public.leads",)),
        ("55006", "exports", "7", (), ()),
    )
    for code, status, tenant, bring_about, undo in kinds:
        for statement in bring_about:
            other.run(statement)
        session.run(f"SET statement_timeout = {2 if code == '57014' else 0}")
        try:
            for _ in range(times):
                expect(session.sqlstate(session.export, status, tenant), code, f"the SQLSTATE of {status}")
        finally:
            session.insist("SET statement_timeout = 0")
            for statement in undo:
                other.run(statement)


def after_successes(database):
    """1,000 exports in one session."""
    with Session(dbname=database) as session:
        expected = crm.expected_file(session, "few")
        for _ in range(20):
            session.export()
        before = session.memory()
        for _ in range(1000):
            expect(session.export(), expected, "an export")
        return expect_flat(session, before)

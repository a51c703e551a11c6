"""Exports for which there is too little disk or memory."""

import servers
from checks import Failure, expect
from crm import Session, expect_right, expect_state
from memory import expect_flat


def temporary_file_limit(database):
    """A sort that may not spill as much as it must."""
    with Session(dbname=database) as session:
        session.run("SET work_mem = '64kB'; SET enable_indexscan = off")
        expect_right(session, "new")
        session.run("SET temp_file_limit = '100kB'")
        state = session.state()
        expect(session.sqlstate(session.export, "new"), "53400", "the SQLSTATE")
        expect_state(session, state)
        expect_right(session)
        session.run("RESET temp_file_limit")
        expect_right(session, "new")
        expect(session.value("SELECT count(*) FROM pg_catalog.pg_ls_tmpdir()"), 0, "the temporary files")


def full_disk(own_servers):
    """A sort that spills to a file system of 1 MB."""
    with servers.server_with_small_disk(own_servers, "disk") as session:
        # The spill happens as the reader, which may put it where everybody may.
        session.run("GRANT CREATE ON TABLESPACE small TO PUBLIC")
        session.run("SET work_mem = '64kB'")
        expect_right(session, "new")
        session.run("SET temp_tablespaces = small")
        state = session.state()
        for _ in range(3):
            expect(session.sqlstate(session.export, "new"), "53100", "the SQLSTATE")
            expect_state(session, state)
            expect_right(session)
        small_id = session.value("SELECT oid FROM pg_catalog.pg_tablespace WHERE spcname = 'small'")
        expect(session.value("SELECT count(*) FROM pg_catalog.pg_ls_tmpdir(%s::oid)", (small_id,)), 0,
               "the temporary files")
        session.run("RESET temp_tablespaces")
        expect_right(session, "new")


def out_of_memory(own_servers):
    """A file of 360 MB where a process may have 500 MB: growing the buffer fails."""
    server = own_servers.copy("memory")
    server.start(address_space=500 << 20)
    with server.session() as session:
        session.run("ALTER TABLE public.leads ALTER notes SET COMPRESSION lz4")
        session.run("INSERT INTO public.leads SELECT 5000 + n, 7, 'large', 'large', repeat('x', 30 << 20) "
                    "FROM generate_series(1, 12) AS n")
        size = "SELECT octet_length(public.export_leads_csv(7, 'large'))"
        expect_right(session)
        state, memory = session.state(), session.memory()
        for _ in range(3):
            expect(session.sqlstate(session.value, size), "53200", "the SQLSTATE")
            expect_state(session, state)
            expect_right(session)
        expect_flat(session, memory)
        session.run("DELETE FROM public.leads WHERE status = 'large' AND id > 5003")
        if session.value(size) < 3 * (30 << 20):
            raise Failure("a file that has room is not whole")
    server.remove()

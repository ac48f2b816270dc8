#!/usr/bin/env python3
"""Bytes a message in the store, by table, and what retention gives back: python3 bench/bytes.py STORE [MESSAGES] (sqlite or postgresql)."""
import contextlib
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "test/system"))
from power_test import message  # noqa: E402
from support import Engine, Postgres, Sender, ack_code  # noqa: E402

PARTS = {"log": ("hl7_message_log",), "keys": ("hl7_message_keys",), "results": ("lab_results", "lab_reports"), "events and the rest": None}


def sizes(engine):
    """Bytes of each table with its indexes."""
    if engine.postgres:
        engine.postgres.sql("vacuum full", engine.database)
        rows = engine.rows("select coalesce(p.relname, c.relname), sum(pg_total_relation_size(c.oid)) from pg_class c left join pg_inherits i on i.inhrelid = c.oid"
                           " left join pg_class p on p.oid = i.inhparent where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by 1")
        return {name: int(size) for name, size in rows}
    with contextlib.closing(sqlite3.connect(engine.folder / "aorta.db")) as db:
        db.execute("vacuum")
        return dict(db.execute("select m.tbl_name, sum(s.pgsize) from dbstat s join sqlite_master m on m.name = s.name group by 1"))


def main(store, count):
    postgres = Postgres() if store == "postgresql" else None
    engine = Engine(postgres)
    try:
        before = sizes(engine)
        engine.start()
        with Sender(engine.port) as sender:
            for n in range(count):
                assert ack_code(sender.ask(message(f"B-{n}", n))) == "AA"
        engine.stop()
        after = sizes(engine)
        grown = {name: (size - before.get(name, 0)) / count for name, size in after.items()}
        named = {name for names in PARTS.values() if names for name in names}
        print(f"{store}, {count} messages of {len(message('B-0', 0))} bytes with 12 results")
        for part, names in PARTS.items():
            print(f"  {part}: {sum(size for name, size in grown.items() if (name in names if names else name not in named)):.0f}")
        print(f"  all: {sum(grown.values()):.0f}")
        engine.execute("update hl7_message_log set raw_message = ''")
        print(f"  given back with the bytes (raw_days): {(sum(after.values()) - sum(sizes(engine).values())) / count:.0f}")
        engine.execute("delete from hl7_message_log")
        print(f"  given back with the rows (messages_days): {(sum(after.values()) - sum(sizes(engine).values())) / count:.0f}")
    finally:
        engine.end()
        if postgres:
            postgres.end()


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000)

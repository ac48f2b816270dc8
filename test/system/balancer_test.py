"""Several nodes behind HAProxy: whom they speak with, an end without a gap, a node that stands still."""
import re
import signal
import socket
import unittest

from balancer import Balancer
from power_test import Load, PowerCuts
from support import Engine, Postgres, Sender, WithStore, ack_code, free_port, second_engine, until

LISTENER = 'balancers = ["127.0.0.1"]\nallow = ["127.0.0.2"]'
LEAVE = "[limits]\nleave_seconds = 2\n"


class From(Sender):
    """A connection by the balancer, from an address of its own."""

    def __init__(self, port, address="127.0.0.2", timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(address, 0))
        self.rest = b""


def is_turned_away(connection):
    """Closed without an answer; with bytes of ours unread that is a reset."""
    try:
        return connection.ask(b"MSH|^~\\&|X|NOBODY|O|MAIN|20261120083000||ORU^R01|A-2|P|2.5.1\r") is None
    except (ConnectionResetError, BrokenPipeError):
        return True


class Loaded(Load):
    sender = From


class Behind(WithStore, unittest.TestCase):
    make_postgres = Postgres

    def nodes(self, count=2):
        """Nodes on fixed ports, so that they are there again after a restart; and who is in front."""
        first = Engine(self.postgres, listener=LISTENER, extra=LEAVE)
        self.addCleanup(first.end)
        all_of_them = [first]
        self.settle(first)
        first.start()
        for _ in range(count - 1):
            other = second_engine(self, first, change=self.settle)
            all_of_them.append(other)
        named = [(f"node{n}", "127.0.0.1", each.port, each.http) for n, each in enumerate(all_of_them, 1)]
        balancer = Balancer(first.folder / "haproxy", named, ports=(free_port(), free_port()))
        self.addCleanup(balancer.end)
        for name, *_ in named:
            balancer.sees(name, "UP")
        return all_of_them, balancer

    def settle(self, engine):
        conf = engine.folder / "conf/aorta.toml"
        conf.write_text(re.sub(r'listen = "127.0.0.1:\d+"', lambda _: f'listen = "127.0.0.1:{free_port()}"', conf.read_text()))

    def loads(self, balancer, count=6):
        made = [Loaded(n, lambda: balancer.mllp) for n in range(count)]
        for each in made:
            each.start()
        return made

    def progress(self, loads, more=60):
        before = sum(len(each.accepted) for each in loads)
        until(lambda: sum(len(each.accepted) for each in loads) > before + more, 60, "progress")

    def done(self, loads):
        for each in loads:
            each.stop_asked.set()
        for each in loads:
            each.join(90)
            self.assertFalse(each.is_alive())
            self.assertIsNone(each.fault)

    def test_the_node_knows_who_is_behind_the_balancer(self):
        (first, second), balancer = self.nodes()
        with From(balancer.mllp) as allowed, From(balancer.mllp, "127.0.0.3") as other:
            self.assertIn(ack_code(allowed.ask(b"MSH|^~\\&|X|NOBODY|O|MAIN|20261120083000||ORU^R01|A-1|P|2.5.1\r")), ("AE", "AR"))
            self.assertTrue(is_turned_away(other))
        with Sender(first.port, timeout=60) as past_it:  # the balancer's own address, without its header
            self.assertTrue(is_turned_away(past_it))
        told = first.log() + second.log()
        self.assertIn("connection-refused listener=lab peer=127.0.0.3", told)
        self.assertIn("no PROXY header", told)

    def test_one_node_after_the_other_is_started_anew_and_nobody_is_refused(self):
        nodes, balancer = self.nodes()
        loads = self.loads(balancer)
        for turn, node in enumerate(nodes):
            name = f"node{turn + 1}"
            self.progress(loads)
            node.process.terminate()
            until(lambda: node.get("/ready", key="")[0] == 503, 10, "readiness 503")
            balancer.sees(name, "DOWN")
            self.assertEqual(node.process.wait(60), 0)
            node.start()
            balancer.sees(name, "UP")
        self.progress(loads)
        self.done(loads)
        PowerCuts.check_everything_is_there_once(self, nodes[0], loads)
        self.assertEqual([each.refused for each in loads], [[]] * len(loads))

    def test_a_node_that_stands_still_is_passed_by_and_does_no_harm_when_it_goes_on(self):
        nodes, balancer = self.nodes()
        loads = self.loads(balancer)
        for turn, node in enumerate(nodes):
            name = f"node{turn + 1}"
            self.progress(loads)
            node.process.send_signal(signal.SIGSTOP)
            try:
                balancer.sees(name, "DOWN")
                self.progress(loads)
            finally:
                node.process.send_signal(signal.SIGCONT)
            balancer.sees(name, "UP")
        self.done(loads)
        PowerCuts.check_everything_is_there_once(self, nodes[0], loads)


if __name__ == "__main__":
    unittest.main(verbosity=1)

"""Admissions, discharges, cancellations and joins come between results of the same people, in any order, by two connections and (on PostgreSQL) by two
engines: the end is what it is in order, and nothing of one person stands under another.

AORTA_SEEDS: how many scenarios (else as many as fit in half a minute a database; 200 for a long run); AORTA_SEED: the first of them. A failure names its seed."""
import datetime
import itertools
import json
import os
import random
import signal
import threading
import time
import unittest

from support import Sender, WithStore, ack_code, on_both, second_engine, until

SEEDS = int(os.environ.get("AORTA_SEEDS", "0"))
SECONDS = 30
FIRST = int(os.environ.get("AORTA_SEED", "1"))
AT_ONCE = 8  # scenarios whose messages are mixed
FAMILIES = ["PAPADOPOULOS", "CHARALAMBOUS", "NEOKLEOUS", "HADJIGEORGIOU", "IOANNOU"]
GIVEN = ["GEORGIOS", "ANDREAS", "MARIOS", "STAVROS", "PETROS"]


class Person:
    """Under a number of their own, and perhaps under a second one: the same person, entered twice."""

    def __init__(self, tag, place, dice, born):
        self.tag, self.place, self.born = tag, place, born
        self.name = f"{dice.choice(FAMILIES)}^{dice.choice(GIVEN)}"
        self.label = f"{tag}P{place}"

    def number(self, second=False):
        return self.label + ("D" if second else "S")

    def pid(self, second=False, more=""):
        """The second entry never knew the birth date."""
        born = "" if second else self.born.strftime("%Y%m%d")
        return f"PID|1||{self.number(second)}^^^MAIN^MR||{self.name}||{born}|M{more}\r"


def header(kind, control, minute, second=0):
    return f"MSH|^~\\&|HIS|HOSP|OPENHEART|MAIN|2026112008{minute:02}{second:02}||{kind}|{control}|P|2.5.1|||||CYP|UNICODE UTF-8\r"


def admission(who, event, control, minute, visit="", location="", second=False, more="", mrg=""):
    pv1 = f"PV1|1|I|{location}" + "|" * 16 + f"{visit}\r" if visit else ""
    return header(f"ADT^{event}", control, minute) + f"EVN||2026112008{minute:02}00\r" + who.pid(second, more) + mrg + pv1


def result(who, control, minute, order, state, value, second=False):
    return (header("ORU^R01^ORU_R01", control, minute).replace("|HIS|HOSP|", "|LIS|BIO|") + who.pid(second) +
            f"OBR|1||{order}|K^Potassium^L|||20261120070000|||||||||||||||2026112008{minute:02}00||CH|F\r"
            f"OBX|1|NM|K^Potassium^L||{value}|mmol/L|3.5-5.1||||{state}|||20261120070000\r")


class Story:
    """What happens to one person: messages in the order of their times. The same dice make the same story under any tag."""

    def __init__(self, tag, place, seed, born):
        dice = random.Random(f"{seed}/{place}")
        self.who = Person(tag, place, dice, born)
        self.known = dice.random() < 0.6  # made before; else by whatever of them comes first
        self.twice = self.known and dice.random() < 0.7
        self.before, self.messages = [], []
        self.minute = 0
        who = self.who
        if self.known:
            self.before.append(admission(who, "A28", f"{who.label}-N1", 0))
            if self.twice:
                self.before.append(admission(who, "A28", f"{who.label}-N2", 0, second=True))
        kinds = ["visit", "orders"] + dice.choices(["visit", "orders", "update", "cancelled"], k=dice.randint(1, 4))
        lines = [getattr(self, kind)(dice, n) for n, kind in enumerate(kinds)]
        if self.twice:
            lines.append([self.joined])
        if not self.known:  # in order, somebody is first admitted
            lines.insert(0, [lambda: admission(who, "A28", self.control(), self.minute)])
        while any(lines):
            line = lines[0] if not self.known and self.minute == 0 else dice.choice([each for each in lines if each])
            self.minute += 1
            self.messages.append(line.pop(0)())

    def control(self):
        return f"{self.who.label}-{self.minute}"

    def joined(self):
        return admission(self.who, "A40", self.control(), self.minute, mrg=f"MRG|{self.who.number(True)}^^^MAIN^MR\r")

    def visit(self, dice, n):
        who, visit, entered_as = self.who, f"{self.who.label}V{n}", self.twice and dice.random() < 0.5
        steps = [lambda: admission(who, "A01", self.control(), self.minute, visit, "W1^1", entered_as)]
        for _ in range(dice.randint(0, 2)):
            ward = f"W{dice.randint(2, 9)}^{dice.randint(1, 4)}"
            steps.append(lambda ward=ward: admission(who, "A08", self.control(), self.minute, visit, ward, entered_as))
        return steps + [lambda: admission(who, "A03", self.control(), self.minute, visit, "", entered_as)]

    def cancelled(self, dice, n):
        who, visit = self.who, f"{self.who.label}V{n}"
        return [lambda event=event: admission(who, event, self.control(), self.minute, visit, "E^1") for event in ("A01", "A11")]

    def update(self, dice, n):
        """Field by field: what one message is silent about is another's."""
        who, steps = self.who, []
        for _ in range(dice.randint(1, 3)):
            more = dice.choice(["|||{n} Ledra^^Nicosia^^1011", "|||||+3579912{n:04}", "|||{n} Arch^^Paphos||+3579934{n:04}", '|||""'])
            more = more.format(n=dice.randint(1, 9999))
            steps.append(lambda more=more: admission(who, "A08", self.control(), self.minute, more=more))
        return steps

    def orders(self, dice, n):
        who, order, steps = self.who, f"{self.who.label}F{n}", []
        # Under one entry: of an order that stands under both, a person decides (merge-blocked).
        second = self.twice and dice.random() < 0.4
        states = dice.choice([["F"], ["P", "F"], ["P", "P", "F"], ["P", "F", "C"], ["F", "C", "C"]])
        for k, state in enumerate(states):
            value = f"4.{who.place}{k}"
            steps.append(lambda state=state, value=value: result(who, self.control(), self.minute, order, state, value, second))
        return steps


@on_both
class Interleaving(WithStore):
    def setUp(self):
        self.first = self.engine(routes=["admissions"], roster=bool(self.postgres))
        route = self.first.folder / "conf/routes/admissions.toml"
        route.write_text(route.read_text().replace("create = false", "create = true"))
        self.first.process.send_signal(signal.SIGHUP)
        until(lambda: " reloaded " in self.first.log(), 10, "the reload")
        self.engines = [self.first, second_engine(self, self.first) if self.postgres else self.first]
        self.days = 0

    def story(self, tag, place, seed):
        self.days += 1
        born = datetime.date(1931, 1, 1) + datetime.timedelta(days=self.days)
        if (born.month, born.day) == (1, 1):  # which registries write for whoever has no known day
            return self.story(tag, place, seed)
        return Story(tag, place, seed, born)

    def send(self, engine, messages):
        with Sender(engine.port) as sender:
            for each in messages:
                reply = sender.ask(each.encode())
                self.assertEqual(ack_code(reply), "AA", (each, reply))

    def quiet(self):
        until(lambda: self.first.count("match_news", "not looked") == 0, 30, "the end of all looks")

    def mixed(self, stories, seed):
        """Shuffled, and dealt to two connections."""
        dice = random.Random(seed)
        hands = [[], []]
        messages = [each for story in stories for each in story.messages]
        dice.shuffle(messages)
        for each in messages:
            hands[dice.randrange(2)].append(each)
        faults = []

        def play(engine, hand):
            try:
                self.send(engine, hand)
            except Exception as fault:  # told by the test's own thread
                faults.append(fault)

        threads = [threading.Thread(target=play, args=each) for each in zip(self.engines, hands)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        if faults:
            raise faults[0]

    def state(self, story):
        """All that the clinic holds of one person, without what differs between two who live the same story."""
        label = story.who.label
        people = self.first.rows(f"select patient_id, mrn from patients where mrn like '{label}%' and not coalesce(is_deleted, false)")
        self.assertEqual([mrn for _, mrn in people], [story.who.number()], label)
        patient = people[0][0]
        status, resource, _ = self.first.fhir("GET", f"/Patient/{patient}", X_Judge="no")
        self.assertEqual(status, 200)
        visits = self.first.rows("select patient_id, visit_number, status, encounter_type, location, actual_start, actual_end from encounters"
                                 f" where visit_number like '{label}V%'")
        results = self.first.rows("select patient_id, filler_order_number, value_text, result_status, needs_review from lab_results"
                                  f" where filler_order_number like '{label}F%'")
        versions = self.first.rows(f"select patient_id, filler_order_number, value_text from lab_result_versions where filler_order_number like '{label}F%'")
        for row in visits + results + versions:
            self.assertEqual(row[0], patient, f"of {label}, under another: {row}")
        for table in ("encounters", "lab_results"):
            column = "visit_number" if table == "encounters" else "filler_order_number"
            self.assertEqual(self.first.count(table, f"patient_id = {patient} and {column} not like '{label}%'"), 0, f"of another, under {label}")
        bare = lambda rows: sorted(tuple(cell.replace(label, "") for cell in row[1:]) for row in rows)
        return {"person": {key: resource.get(key) for key in ("name", "gender", "telecom", "address", "active", "deceasedBoolean")},
                "visits": bare(visits), "results": bare((*row[:4],) for row in results), "waits": self.waiting(label)}

    def waiting(self, label):
        return self.first.count("hl7_message_log", f"processing_status <> 'processed' and message_control_id like '{label}-%'")

    def test_any_order_ends_as_in_order(self):
        end = time.monotonic() + SECONDS
        for begin in itertools.count(FIRST, AT_ONCE):
            if begin >= FIRST + SEEDS if SEEDS else time.monotonic() > end:
                break
            seeds = range(begin, min(begin + AT_ONCE, FIRST + SEEDS) if SEEDS else begin + AT_ONCE)
            ordered = {(seed, place): self.story(f"R{seed}", place, seed) for seed in seeds for place in range(2)}
            shuffled = {key: self.story(f"X{key[0]}", key[1], key[0]) for key in ordered}
            self.send(self.first, [each for story in (*ordered.values(), *shuffled.values()) for each in story.before])
            self.mixed(shuffled.values(), begin)
            self.send(self.first, [each for story in ordered.values() for each in story.messages])
            self.quiet()
            for key, story in ordered.items():
                wanted, got = self.state(story), self.state(shuffled[key])
                self.assertEqual(wanted["waits"], 0, f"seed {key[0]} in order")
                if wanted != got:
                    came = self.first.rows("select message_control_id, processing_status from hl7_message_log"
                                           f" where message_control_id like '{shuffled[key].who.label}-%' order by id")
                    self.fail(f"seed {key[0]}:\n{json.dumps(wanted, indent=1)}\n{json.dumps(got, indent=1)}\ncame as {came}\n" +
                              "\n".join(each.replace("\r", "\n") for each in shuffled[key].messages))


if __name__ == "__main__":
    unittest.main(verbosity=2)

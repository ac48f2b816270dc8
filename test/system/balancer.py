"""HAProxy in front of nodes, as docs/cluster.md has it."""
import os
import pathlib
import re
import socket
import subprocess

from support import SOURCE, until

os.environ["PATH"] += ":/usr/sbin"  # where haproxy is


def told_configuration():
    """What docs/cluster.md tells to write into haproxy.cfg."""
    text = (SOURCE / "docs/cluster.md").read_text()
    return re.search(r"```haproxy\n(.*?)```", text, re.S).group(1)


class Balancer:
    """`nodes`: name, address, MLLP port and HTTP port of each. `enter`: a command that runs others where the balancer lives."""

    def __init__(self, folder, nodes, address="127.0.0.1", ports=(2575, 8080), enter=()):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.mllp, self.http = ports
        self.socket = self.folder / "haproxy.sock"
        text = told_configuration()
        for what, port in (("mllp", self.mllp), ("http", self.http)):
            text = text.replace(f"bind :{2575 if what == 'mllp' else 8080}", f"bind {address}:{port}")
        lines = []
        for line in text.splitlines():
            template = re.match(r"(\s+)server node1 10\.0\.0\.11:(2575|8080) (.*)", line)
            if template:
                for name, host, mllp, http in nodes:
                    port = mllp if template[2] == "2575" else http
                    lines.append(f"{template[1]}server {name} {host}:{port} " + template[3].replace("port 8080", f"port {http}"))
            elif not re.match(r"\s+server node\d ", line):
                lines.append(line)
        (self.folder / "haproxy.cfg").write_text(f"global\n  stats socket {self.socket} mode 600 level admin\n" + "\n".join(lines) + "\n")
        self.log = open(self.folder / "haproxy.log", "ab")
        self.process = subprocess.Popen([*enter, "haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")], stdout=self.log, stderr=self.log)
        until(self.socket.exists, 10, f"HAProxy: {(self.folder / 'haproxy.log').read_text()}")

    def states(self, backend="aorta-mllp"):
        """UP, DOWN and the like, by the node's name."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(self.socket))
            asking.sendall(b"show stat\n")
            text = b""
            while piece := asking.recv(65536):
                text += piece
        rows = [line.split(",") for line in text.decode().splitlines() if line and not line.startswith("#")]
        return {row[1]: row[17] for row in rows if row[0] == backend and row[1] not in ("FRONTEND", "BACKEND")}

    def sees(self, name, state, seconds=30):
        until(lambda: self.states()[name].startswith(state), seconds, f"{name} {state} for HAProxy")

    def end(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

"""Machines on one machine: network namespaces on one bridge, and what can go wrong between them. Needs root and iproute2."""
import ctypes
import os
import signal
import subprocess
import threading

os.environ["PATH"] += ":/usr/sbin:/sbin"  # where ip, tc and ss are

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def run(*args, check=True):
    done = subprocess.run([str(each) for each in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, args))}: {done.stdout}")
    return done.stdout


def missing():
    """Why no namespaces can be made here, or nothing."""
    if os.getuid() != 0:
        return "network namespaces need root"
    name = f"aorta-{os.getpid()}-probe"
    try:
        run("ip", "netns", "add", name)
    except (RuntimeError, OSError) as fault:
        return f"no network namespaces here: {str(fault)[:200]}"
    try:  # all kinds of what it will be made of
        run("ip", "-n", name, "link", "add", "hub", "type", "bridge")
        run("ip", "-n", name, "link", "add", "one", "type", "veth", "peer", "name", "two")
        run("ip", "-n", name, "link", "set", "one", "up")
        run("tc", "-n", name, "qdisc", "add", "dev", "one", "root", "tbf", "rate", "1mbit", "burst", "4kb", "latency", "800ms")
        run("ip", "-n", name, "route", "add", "blackhole", "10.77.0.9/32")
        run("ip", "netns", "exec", name, "true")
    except (RuntimeError, OSError) as fault:
        return f"no whole network in a namespace here: {str(fault)[:200]}"
    finally:
        run("ip", "netns", "del", name, check=False)
    return ""


class Host:
    """One machine: its namespace, its address, and the processes that run there."""

    def __init__(self, fabric, name, address):
        self.fabric, self.name, self.address = fabric, name, address
        self.space = f"{fabric.space}-{name}"
        self.outer = f"v{fabric.number % 10000}{name}"[:15]  # its end on the bridge
        run("ip", "netns", "add", self.space)
        run("ip", "-n", self.space, "link", "set", "lo", "up")
        run("ip", "-n", fabric.hub, "link", "add", self.outer, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        run("ip", "-n", fabric.hub, "link", "set", self.outer, "master", "hub", "up")
        run("ip", "-n", self.space, "addr", "add", f"{address}/24", "dev", "eth0")
        run("ip", "-n", self.space, "link", "set", "eth0", "up")
        self.processes = []

    def inside(self):
        return ["ip", "netns", "exec", self.space]

    def start(self, *args, **how):
        process = subprocess.Popen([*self.inside(), *map(str, args)], **how)
        self.processes.append(process)
        return process

    def run(self, *args, check=True):
        return run(*self.inside(), *args, check=check)

    def thread(self, work, *args):
        """A thread of ours that lives there: what it connects to, it reaches from there."""
        def enter():
            with open(f"/run/netns/{self.space}") as space:
                if LIBC.setns(space.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            work(*args)
        made = threading.Thread(target=enter, daemon=True)
        made.start()
        return made

    # What can go wrong, and its end.

    def cut(self):
        """As a plug that is pulled: no FIN, no RST."""
        run("ip", "-n", self.fabric.hub, "link", "set", self.outer, "down")

    def join(self):
        run("ip", "-n", self.fabric.hub, "link", "set", self.outer, "up")

    def deafen(self, towards):
        """What this one sends to the other is lost; the other way nothing is."""
        run("ip", "-n", self.space, "route", "replace", "blackhole", f"{towards.address}/32")

    def hear(self, towards):
        run("ip", "-n", self.space, "route", "del", "blackhole", f"{towards.address}/32", check=False)

    def slow(self, rate="256kbit"):
        run("tc", "-n", self.space, "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "4kb", "latency", "800ms")

    def quicken(self):
        run("tc", "-n", self.space, "qdisc", "del", "dev", "eth0", "root", check=False)

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                process.wait()
        run("ip", "netns", "del", self.space, check=False)


class Fabric:
    def __init__(self, number):
        self.number = number
        self.space = f"aorta-{os.getpid()}-{number}"
        self.hub = f"{self.space}-hub"
        self.hosts = []
        run("ip", "netns", "add", self.hub)
        run("ip", "-n", self.hub, "link", "add", "hub", "type", "bridge")
        run("ip", "-n", self.hub, "link", "set", "hub", "up")

    def host(self, name):
        made = Host(self, name, f"10.77.0.{len(self.hosts) + 10}")
        self.hosts.append(made)
        return made

    def end(self):
        for host in self.hosts:
            host.end()
        run("ip", "netns", "del", self.hub, check=False)

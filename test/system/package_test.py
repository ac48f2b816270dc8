"""What `cmake --install` and the Debian package put where, and an engine that starts from there."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from init_test import Begun, run
from support import AORTA, SOURCE, Sender, ack_code, corpus

BUILD = pathlib.Path(AORTA).parent
SETTINGS = ["/etc/aorta/aorta.toml", *sorted(f"/etc/aorta/{path.relative_to(SOURCE / 'conf')}" for folder in ("routes", "labs")
                                             for path in (SOURCE / "conf" / folder).glob("*.toml"))]
FILES = ["/usr/bin/aorta", "/usr/lib/systemd/system/aorta.service", "/usr/lib/sysusers.d/aorta.conf",
         "/usr/share/aorta/monitoring/alerts.yml", "/usr/share/aorta/monitoring/dashboard.json", "/usr/share/doc/aorta/README.md",
         "/usr/share/doc/aorta/copyright", "/usr/share/doc/aorta/changelog.gz", "/usr/share/doc/aorta/docs/operate.md", "/usr/share/man/man1/aorta.1.gz", *SETTINGS]
CONSOLE = [f"/usr/share/aorta/console/{name}" for name in ("index.html", "main.css", "main.js")] if (BUILD / "console/main.js").exists() else []


def said(*args, **how):
    done = subprocess.run([str(arg) for arg in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
    if done.returncode != 0:
        raise AssertionError(f"{args}: {done.stdout.decode()}")
    return done.stdout.decode()


def tools(*names):
    missing = [name for name in names if not shutil.which(name)]
    return unittest.skipUnless(not missing, f"not installed: {', '.join(missing)}")


class WithFolder(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="aorta-package-"))
        os.chmod(cls.folder, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def serves_from(self, root, conf, key, extra):
        """An engine that is in `root` alone, started in another folder, files a message and shows its console."""
        engine = Begun(root / "usr/bin/aorta", conf, "/", key, extra)
        self.addCleanup(engine.end)
        engine.start()
        with Sender(engine.port) as sender:
            self.assertEqual(ack_code(sender.ask(corpus("02"))), "AA")
        self.assertEqual([each["control_id"] for each in engine.messages()], ["BIO-1002"])
        status, page = engine.get("/console/")
        self.assertEqual((status, "main.js" in page), (200, True) if CONSOLE else (404, False), page)
        self.assertEqual(engine.stop(), 0)


@tools("cmake", "strip")
class Installed(WithFolder):
    def test_an_engine_that_cmake_installed_serves(self):
        said("cmake", "--install", BUILD, "--prefix", "/usr", "--strip", env={**os.environ, "DESTDIR": str(self.folder)})
        there = {"/" + str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}
        self.assertEqual([name for name in [*FILES, *CONSOLE] if name not in there], [])
        self.assertEqual([name for name in there if not name.startswith(("/usr/", "/etc/aorta/"))], [])
        code, told, why = run("init", self.folder / "home", where="/", binary=self.folder / "usr/bin/aorta")
        self.assertEqual(code, 0, why)
        self.serves_from(self.folder, self.folder / "home", told.split()[-1], ())

    def test_the_unit_names_what_the_package_brings(self):
        unit = (SOURCE / "ops/package/aorta.service").read_text()
        for name in re.findall(r"/usr/[\w./-]+", unit):
            self.assertIn(name, FILES)
        self.assertEqual(set(re.findall(r"^(?:User|Group)=(\w+)", unit, re.M)), {"aorta"})
        self.assertTrue((SOURCE / "ops/package/aorta.sysusers").read_text().startswith("u aorta "))


@tools("cpack", "dpkg-deb", "dpkg-shlibdeps")
class Package(WithFolder):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        said("cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", cls.folder, cwd=cls.folder)
        (cls.deb,) = cls.folder.glob("*.deb")
        cls.root, cls.control = cls.folder / "root", cls.folder / "control"
        said("dpkg-deb", "-x", cls.deb, cls.root)
        said("dpkg-deb", "-e", cls.deb, cls.control)

    def test_what_is_in_it(self):
        rows = [line.split(None, 5) for line in said("dpkg-deb", "-c", self.deb).splitlines()]
        files = {row[5].removeprefix("."): row for row in rows if not row[5].endswith("/")}
        self.assertEqual([name for name in [*FILES, *CONSOLE] if name not in files], [])
        self.assertEqual({row[1] for row in rows}, {"root/root"})
        self.assertEqual({row[0] for name, row in files.items() if name != "/usr/bin/aorta"}, {"-rw-r--r--"})
        self.assertEqual({row[0] for row in rows if row[5].endswith("/")}, {"drwxr-xr-x"})
        self.assertEqual((self.control / "conffiles").read_text().split(), sorted(name for name in files if name.startswith("/etc/")))
        self.assertEqual(sorted((self.control / "conffiles").read_text().split()), sorted(SETTINGS))
        self.assertNotIn("pii.key", " ".join(files))
        needs = said("dpkg-deb", "-f", self.deb, "Depends")
        for name in ("libpq5", "libsqlite3-0", "fonts-dejavu-core", "systemd | systemd-standalone-sysusers"):
            self.assertIn(name, needs)
        self.assertEqual({path.name for path in self.control.iterdir()}, {"control", "conffiles", "md5sums", "postinst", "prerm", "postrm"})

    def test_an_engine_of_the_package_serves(self):
        var = self.folder / "var"
        var.mkdir()
        (var / "key").write_text("cGxlYXNlLWRvLW5vdC11c2UtdGhpcy1rZXktMDAwMDA=\n")  # of the tests only
        elsewhere = ("--set", f"store.url=sqlite://{var}/aorta.db", "--set", f"security.pii_key_file={var}/key")
        conf, binary = self.root / "etc/aorta", self.root / "usr/bin/aorta"
        text = (conf / "aorta.toml").read_text()
        self.assertIn('url = "sqlite:///var/lib/aorta/aorta.db"', text)
        self.assertIn('pii_key_file = "/etc/aorta/pii.key"', text)
        code, told, why = run("-c", conf, *elsewhere, "check", where="/", binary=binary)
        self.assertEqual(code, 0, told + why)
        self.assertNotIn("error", told)
        code, told, why = run("-c", conf, *elsewhere, "key", "create", "first", "--scope", "admin", where="/", binary=binary)
        self.assertEqual(code, 0, why)
        self.serves_from(self.root, conf, told.split()[-1], elsewhere)

    @tools("lintian")
    def test_lintian_has_nothing_to_say(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags", "initial-upload-closes-no-bugs", self.deb],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout.decode()), (0, ""))

    def test_it_comes_is_renewed_and_goes_and_takes_no_key_and_no_store_with_it(self):
        """By dpkg itself, on this machine's files with a layer of their own over them."""
        layer = self.folder / "layer"
        layer.mkdir()
        inside = r"""
set -e
mount -t tmpfs none "$0"
mkdir "$0/new" "$0/work" "$0/root"
mount -t overlay -o "lowerdir=/,upperdir=$0/new,workdir=$0/work" overlay "$0/root"
mount -t proc proc "$0/root/proc"
mount --bind /dev "$0/root/dev"
cp "$1" "$0/root/aorta.deb"
cat >"$0/root/steps" <<'TXT'
set -e
rm -rf /run/systemd/system
export DEBIAN_FRONTEND=noninteractive
echo "== first"
dpkg -i --force-depends /aorta.deb
stat -c '%A %U:%G %n' /etc/aorta /etc/aorta/aorta.toml /etc/aorta/pii.key /etc/aorta/routes /etc/aorta/destinations /etc/aorta/labs/yiannoukas.toml /var/lib/aorta
sha256sum </etc/aorta/pii.key
setpriv --reuid=aorta --regid=aorta --clear-groups aorta -c /etc/aorta check
setpriv --reuid=aorta --regid=aorta --clear-groups aorta -c /etc/aorta key create first --scope admin >/dev/null
stat -c '%A %U:%G %n' /var/lib/aorta/aorta.db
echo "# mine" >>/etc/aorta/aorta.toml
chmod 0700 /etc/aorta/routes
echo "== again"
dpkg -i --force-depends --force-confdef /aorta.deb
tail -1 /etc/aorta/aorta.toml
stat -c '%A %U:%G %n' /etc/aorta/routes /etc/aorta/labs/yiannoukas.toml
sha256sum </etc/aorta/pii.key
echo "== gone"
dpkg -r --force-depends aorta
ls /etc/aorta
dpkg -P --force-depends aorta
ls /etc/aorta /var/lib/aorta
sha256sum </etc/aorta/pii.key
TXT
exec chroot "$0/root" sh /steps
"""
        done = subprocess.run(["unshare", "--mount", "sh", "-c", inside, layer, self.deb], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/")
        text = done.stdout.decode()
        if "== first" not in text:
            self.skipTest(f"no file systems may be mounted here: {text.strip()}")
        self.assertEqual(done.returncode, 0, text)
        first, again, gone = re.split(r"^== (?:again|gone)$", text, flags=re.M)
        key = re.search(r"^([0-9a-f]{64}) ", first, re.M)[1]
        for line in ("drwxr-x--- aorta:aorta /etc/aorta", "-rw-r--r-- root:root /etc/aorta/aorta.toml", "-rw-r----- root:aorta /etc/aorta/pii.key",
                     "drwxr-xr-x aorta:aorta /etc/aorta/routes", "drwxr-xr-x aorta:aorta /etc/aorta/destinations",
                     "-rw-r--r-- aorta:aorta /etc/aorta/labs/yiannoukas.toml", "drwx------ aorta:aorta /var/lib/aorta"):
            self.assertIn(line, first)
        self.assertRegex(first, r"-rw-[r-]--[r-]-- aorta:aorta /var/lib/aorta/aorta.db")
        self.assertIn("ok: 8 routes", first)
        self.assertIn("# mine", again)
        self.assertIn("drwx------ aorta:aorta /etc/aorta/routes", again)  # somebody's rights stay
        self.assertIn("-rw-r--r-- aorta:aorta /etc/aorta/labs/yiannoukas.toml", again)
        self.assertIn(key, again)
        self.assertIn("delete them by hand", gone)
        self.assertIn("aorta.db", gone)
        self.assertIn(key, gone)


if __name__ == "__main__":
    unittest.main()

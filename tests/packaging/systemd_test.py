#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The user unit under a real `systemd --user`: systemd_test.py TACETD TACET

Needs root, for a mount namespace with a /run of its own and for a cgroup that
is the user's. Where that is not to be had it says why and exits with 77; the
protocol alone is tested in tests/daemon/service_manager_test.cc.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

UNIT = pathlib.Path(__file__).parents[2] / "packaging/tacetd.service"
MANAGER = "/lib/systemd/systemd"
USER = 1000
RUN = pathlib.Path(f"/run/user/{USER}")
LIMIT_S = 60
TACETD = TACET = None


def leave_out(reason):
  print(f"not tested: {reason}")
  sys.exit(77)


def cgroups():
  """Folders of the hierarchies that systemd uses: its own, and version 2."""
  found = []
  for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
    _, name, path = line.split(":", 2)
    if name not in ("", "name=systemd"):
      continue
    places = ["systemd"] if name else ["unified", "."]
    for place in places:
      folder = pathlib.Path("/sys/fs/cgroup", place, path.lstrip("/"))
      if (folder / "cgroup.procs").exists():
        found.append(folder / f"tacet-test-{os.getpid()}")
        break
  return found


def wait(what, condition):
  limit = time.monotonic() + LIMIT_S
  while not condition():
    if time.monotonic() > limit:
      raise AssertionError(f"waited {LIMIT_S} s in vain for {what}")
    time.sleep(0.1)


class Manager:
  """systemd --user with a home and a runtime folder of its own."""

  def __init__(self):
    self.home = pathlib.Path(tempfile.mkdtemp(prefix="tacet-systemd-"))
    self.cgroups = cgroups()
    units = self.home / ".config/systemd/user"
    units.mkdir(parents=True)
    # The programs where any user may read them.
    for program in (TACETD, TACET):
      shutil.copy(program, self.home)
    unit = UNIT.read_text(encoding="utf-8")
    assert "ExecStart=/usr/bin/tacetd\n" in unit
    (units / "tacetd.service").write_text(
        unit.replace("/usr/bin/tacetd", str(self.home / "tacetd")))
    config = self.home / ".config/tacet"
    config.mkdir()
    (config / "tacet.toml").write_text('[audio]\nbackend = "fake"\n')
    pathlib.Path("/run/systemd/system").mkdir(parents=True)
    RUN.mkdir(parents=True, mode=0o700)
    run = ["chown", "-R", f"{USER}:{USER}", self.home, RUN]
    for group in self.cgroups:
      group.mkdir()
      run.append(group)
    subprocess.run(run, check=True)
    self.home.chmod(0o755)
    self.log = open(self.home / "log", "wb")
    self.process = subprocess.Popen(
        self.as_user(MANAGER, "--user", "--unit=basic.target"),
        stdout=self.log, stderr=self.log, preexec_fn=self._enter)
    wait("systemd --user", lambda: self.ask("is-active", "basic.target") ==
         "active" or self.process.poll() is not None)

  def _enter(self):
    for group in self.cgroups:
      (group / "cgroup.procs").write_text("0")

  def as_user(self, *command):
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups",
            "env", "-i", "PATH=/usr/bin:/bin", f"HOME={self.home}",
            f"XDG_RUNTIME_DIR={RUN}", "SYSTEMD_LOG_TARGET=console",
            *map(str, command)]

  def run(self, *command):
    return subprocess.run(self.as_user(*command), capture_output=True,
                          text=True, timeout=LIMIT_S, check=False)

  def ask(self, *words):
    return self.run("systemctl", "--user", "--no-pager", *words).stdout.strip()

  def property(self, name):
    return self.ask("show", "--value", "-p", name, "tacetd")

  def end(self):
    self.process.terminate()
    try:
      self.process.wait(LIMIT_S)
    except subprocess.TimeoutExpired:
      self.process.kill()
      self.process.wait()
    self.log.close()
    for group in self.cgroups:
      for folder in [*sorted(group.rglob("*/"), reverse=True), group]:
        for process in (folder / "cgroup.procs").read_text().split():
          os.kill(int(process), signal.SIGKILL)
        wait(f"{folder} to be empty",
             lambda: not (folder / "cgroup.procs").read_text())
        folder.rmdir()
    shutil.rmtree(self.home)


class SystemdTest(unittest.TestCase):

  @classmethod
  def setUpClass(cls):
    cls.manager = Manager()
    if cls.manager.process.poll() is not None:
      words = (cls.manager.home / "log").read_text()
      cls.manager.end()
      leave_out(f"systemd --user ends at once: {words}")
    cls.addClassCleanup(cls.manager.end)

  def setUp(self):
    self.ask = self.manager.ask
    self.assertEqual(self.ask("is-enabled", "tacetd"), "disabled")
    self.ask("reset-failed")  # nor is it too often in a row
    started = self.manager.run("systemctl", "--user", "start", "tacetd")
    self.assertEqual((started.returncode, started.stderr), (0, ""))

  def tearDown(self):
    self.ask("stop", "tacetd")

  def test_starts_is_steered_and_leaves_nothing(self):
    # `start` has returned, so READY=1 was told (Type=notify).
    self.assertEqual(self.ask("is-active", "tacetd"), "active")
    pid = self.manager.property("MainPID")
    folder = RUN / "tacet"
    self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
    status = self.manager.run(self.manager.home / "tacet", "status")
    self.assertIn(f"pid {pid}", status.stdout, status.stderr)
    self.assertEqual(self.ask("reload", "tacetd"), "")
    self.assertEqual(self.ask("is-active", "tacetd"), "active")
    self.assertEqual(self.manager.property("MainPID"), pid)
    self.ask("stop", "tacetd")
    self.assertEqual(self.ask("is-active", "tacetd"), "inactive")
    self.assertEqual(self.manager.property("Result"), "success")
    self.assertFalse(folder.exists())

  def test_hardening_is_in_force(self):
    pid = self.manager.property("MainPID")
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    self.assertIn("NoNewPrivs:\t1\n", status)
    self.assertIn("Seccomp:\t2\n", status)
    self.assertIn("Umask:\t0077\n", status)

  def test_exposure_is_the_documented_one(self):
    rated = self.manager.run("systemd-analyze", "--user", "security",
                             "--no-pager", "tacetd")
    exposure = re.search(r"exposure level[^:]*: ([\d.]+)", rated.stdout)
    self.assertTrue(exposure, rated.stderr)
    document = UNIT.parents[1] / "docs/install.md"
    self.assertIn(f"exposure {exposure[1]}",
                  " ".join(document.read_text(encoding="utf-8").split()))

  def test_watchdog_ends_a_daemon_that_hangs_and_begins_it_again(self):
    pid = self.manager.property("MainPID")
    os.kill(int(pid), signal.SIGSTOP)
    wait("a restart", lambda: self.manager.property("NRestarts") == "1")
    wait("the new daemon", lambda: self.ask("is-active", "tacetd") == "active")
    self.assertNotEqual(self.manager.property("MainPID"), pid)

  def test_daemon_that_dies_is_begun_again(self):
    before = int(self.manager.property("NRestarts"))
    os.kill(int(self.manager.property("MainPID")), signal.SIGSEGV)
    wait("a restart",
         lambda: int(self.manager.property("NRestarts")) > before)
    wait("the new daemon", lambda: self.ask("is-active", "tacetd") == "active")


def main():
  """Comes back inside a mount namespace, with an empty /run."""
  if os.environ.get("TACET_SYSTEMD_TEST") == "inside":
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    unittest.main()
  if os.geteuid() != 0:
    leave_out("this needs root")
  for program in (MANAGER, "systemctl", "setpriv", "unshare"):
    if not shutil.which(program):
      leave_out(f"{program} is not installed")
  if subprocess.run(["unshare", "--mount", "true"], check=False,
                    capture_output=True).returncode:
    leave_out("no mount namespace is allowed")
  groups = cgroups()
  try:
    for group in groups:
      group.mkdir()
      group.rmdir()
  except OSError as error:
    leave_out(error)
  if not groups:
    leave_out("systemd has no cgroup here")
  os.environ["TACET_SYSTEMD_TEST"] = "inside"
  os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", __file__,
                        TACETD, TACET])


if __name__ == "__main__":
  TACET = os.path.abspath(sys.argv.pop())
  TACETD = os.path.abspath(sys.argv.pop())
  main()

"""What training/debian_noise.py and training/debian_speech.py have in common:
audio files out of Debian packages, which are never installed.
"""
import argparse
import glob
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import soundfile as sf

from training import options, pack

AUDIO = (".wav", ".ogg", ".flac", ".oga", ".mp3", ".opus")
ARCHIVES = (".zip", ".pk3")
# No recording is larger; a file or a member of an archive that says it is one
# is skipped before it is read.
LARGEST_BYTES = 2 ** 28
COLUMNS = ["path", "speaker", "package", "version", "source", "seconds"]


def members(deb):
    """Yields (path, bytes) of the audio and copyright files of a package, and
    of the audio in archives in it."""
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True,
                         stdout=subprocess.PIPE).stdout
    with tarfile.open(fileobj=io.BytesIO(tar)) as t:
        for m in t:
            name = m.name.lower()
            if not m.isfile() or (m.size > LARGEST_BYTES and
                                  not name.endswith(ARCHIVES)):
                continue
            if name.endswith(AUDIO) or name.endswith("/copyright"):
                yield m.name, t.extractfile(m).read()
            elif name.endswith(ARCHIVES):
                with zipfile.ZipFile(t.extractfile(m)) as z:
                    for n in z.infolist():
                        if n.filename.lower().endswith(AUDIO) and \
                                n.file_size <= LARGEST_BYTES:
                            yield m.name + "/" + n.filename, z.read(n)


def take(package, deb, out, group_of, shortest):
    """Writes what is wanted of one package; rows for the manifest.

    group_of(package, path): the group of what is wanted, else None.
    shortest: seconds, below which a recording is not taken."""
    rows, seen = [], set()
    version = subprocess.run(["dpkg-deb", "-f", deb, "Version"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    for path, data in members(deb):
        if path.endswith("/doc/%s/copyright" % package):
            with open(os.path.join(out, package + ".copyright"), "wb") as f:
                f.write(data)
        group = group_of(package, path) \
            if path.lower().endswith(AUDIO) else None
        if not group:
            continue
        try:
            x, rate = sf.read(io.BytesIO(data), dtype="float32", always_2d=True)
        except RuntimeError as e:
            sys.stderr.write("%s: %s: skipped: %s\n" % (package, path, e))
            continue
        x = x.mean(axis=1)
        key = (len(x), x[:1000].tobytes())
        if len(x) < rate * shortest or key in seen or not (abs(x).max() > 1e-3):
            continue
        seen.add(key)
        name = "%s-%03d.flac" % (group, len(rows))
        sf.write(os.path.join(out, name), x, rate, subtype="PCM_16")
        rows.append([name, group, package, version, path,
                     "%.2f" % (len(x) / rate)])
    return rows


def fetch(package, folder):
    """The .deb of a package in folder, downloaded where it is missing."""
    for _ in range(2):
        found = sorted(glob.glob(os.path.join(folder, package + "_*.deb")))
        if found:
            return found[-1]
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root",
                        "download", package], cwd=folder,
                       check=False, stdout=subprocess.DEVNULL)
    sys.exit("%s: apt-get download gave no package" % package)


def run(description, packages, group_of, shortest):
    """The command: reads its line and takes every package of `packages`.

    shortest(package): see `take`."""
    ap = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", required=True)
    ap.add_argument("--packages", help="folder of .deb files, kept; default: "
                    "each is deleted once it is read")
    ap.add_argument("--only", type=options.pattern, default="",
                    help="only packages in whose name this is found")
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    rows = []
    for package in sorted(packages):
        if not re.search(a.only, package):
            continue
        with tempfile.TemporaryDirectory(dir=a.out) as tmp:
            deb = fetch(package, os.path.abspath(a.packages or tmp))
            got = take(package, deb, a.out, group_of, shortest(package))
        print("%-24s %4d clips, %5.1f min" % (
            package, len(got), sum(float(r[-1]) for r in got) / 60), flush=True)
        rows += got
    pack.write_manifest(a.out, COLUMNS, rows)
    print("%s: %d clips, %.2f h, %d groups" % (
        a.out, len(rows), sum(float(r[-1]) for r in rows) / 3600,
        len({r[1] for r in rows})))

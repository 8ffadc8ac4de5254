"""Takes recorded noise out of Debian packages, for training/pack.py.

  python3 -m training.debian_noise --out DIR [--packages DIR]
  python3 -m training.pack --noise NOISE --noise DIR ...

Games bring rain, wind, water, streets, crowds, engines, machines and tools,
under licences of Debian's main archive. Packages are downloaded with apt-get
(or taken from --packages, a folder of .deb files) and never installed. DIR gets
mono FLAC files as long as the recordings are, a manifest.csv (path, group,
package, version, source, seconds) and the packages' copyright files. The groups
begin with `deb-`, for training.train --noise.

Not taken: music, speech, effects of weapons and menus, packages of applications
for ambient sound, whose recordings other corpora hold too, and thunder: two of
these games have a thunder that is (in part) a recording of the dev set.
"""
import argparse
import csv
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

# What of each package, by the path in it (in the archive in it, where it has
# one). A name's group is its stem without the number at its end.
WANTED = {
    "0ad-data": r"ambient/(building|dayscape|water|weather)/|attack/fire/(c|sp|sz)_?1",
    "berusky2-data": r"sound/(Vitr|Voda|mesto|les|parnik|racek|swamp|village|Auto)",
    "boswars-data": r"magmapump\.select|vfac\.select",
    "brainparty-data": r"electricity",
    "btanks-data": r"ambient/(city|country|forest|swamp|space)|helicopter|train\.|submarine",
    "bucklespring-data": r"\.wav$",
    "castle-game-engine-doc": r"cricket\.wav",
    "caveexpress-data": r"cave[12]\.|geyser|waterfall|water-rising",
    "crrcsim-data": r"f3f/sport/start",
    "cube2-data": r"chainsaw/",
    "endless-sky-data": r"ambient/machinery",
    "etw-data": r"crowd/|fondo",
    "extremetuxracer-data": r"_slide\.wav",
    "flare-game": r"soundfx/environment/(rain|anvil|bird|cave|forest|open_fire|raven|river|wind)",
    "flightgear-data-base": r"(engine|tires-rolling|water-|R-1535|avionics|prop\.|exhaust_loop|"
                            r"p51d_rpm|rain|rattleroll|starter_st|turbine|turbojet|"
                            r"wave|whine|wind1|flaps-motor)",
    "foobillardplus-data": r"applause",
    "gl-117-data": r"engine|rain",
    "lincity-ng-data": r"sounds/(Blacksmith|CoalMine|Commune|DirtTrack|Farm|FireStation|Green|"
                       r"Harbor|Health|Industry|Market|Mill|Monument|OreMine|OrganicFarm|"
                       r"Parkland|Power|Rail|Recycle|Residential|School|Shanty|Sports|Tip|"
                       r"Trafic|University|Water|WindMill)",
    "lugaru-data": r"DesertAmbient|Wind\.|Fire\.",
    "megaglest-data": r"tilesets/.*/(day|night|nightime|sunny_day|desertday|rain|wind|hell)\.",
    "minetest-data": r"furnace_active|env_sounds_|fire_(fire|large|small)",
    "minetest-mod-homedecor": r"shower|washing|toilet|faucet",
    "naev-data": r"sounds/(compression|afterburner)",
    "openarena-data": r"sound/world/(.*wind|drops|fire|lava|tim_machine|cf_distant|.*drone|.*hum)",
    "plee-the-bear-data": r"weather/rain|earthquake",
    "redeclipse-data": r"ambience/(?!morph/ambient|wakawaka)",
    "scorched3d-data": r"misc/(cessna|cheering|city|cows|factory|helicopter|firetruck|apache|"
                       r"birds|f16|f18|frogs|jet|lava|ocean|rain|t38)|movement/",
    "searchandrescue-data": r"engine|rotor|gear_(up|down)",
    "simutrans-pak64": r"sound/(Water|buzzsaw|desert|seagulls|tree-cutting|tropic)",
    "stormbaancoureur-data": r"camaro|engine",
    "supertux-data": r"sounds/(rain|saw|lava|wind|waterfall|engine)",
    "supertuxkart-data": r"steamLocomotive\.|jetEngine|engine_small|exotic-birds|restaurant|"
                         r"river_loop|static-radio|waterfall|train|crowd|wind",
    "torcs-data": r"sound/(944|backfire_loop|f360|ford1b|lambo|lotus|nsx|renault|road-ride|"
                  r"skid|viper|locked|grass|scrap)",
    "triplea": r"generic/game_won/game_won_01|horses_galloping|typewriter|motor_engine|air_flyby",
    "trophy-data": r"engine|background",
    "tuxfootball": r"crowd|ingame",
    "ufoai-sound": r"ambience/(?!radiomessage|tv_news|jingle|disco|aliencom)|ugv/",
    "unknown-horizons": r"sounds/(lumberjack|main_square|sheepfield|warehouse|windmill|"
                        r"stonemason|fish|chapel)",
    "wesnoth-1.16-data": r"ambient/(birds|campfire|night|ship)",
    "widelands-data": r"sound/(animals|.*/(cutting|saw|taverns|weaver)|farm|metal|mill|smiths|"
                      r"woodcutting|.*stonegrind|.*inn_)",
}
AUDIO = (".wav", ".ogg", ".flac", ".oga", ".mp3", ".opus")
ARCHIVES = (".zip", ".pk3")
# No recording is larger; a file or a member of an archive that says it is one
# is skipped before it is read.
LARGEST_BYTES = 2 ** 28
# Below this many seconds only clicks and keys are left.
SHORTEST = {"bucklespring-data": 0.02}
SHORTEST_ELSE = 1.5
UNWANTED = r"music|voice|thunder|stormbolts"


def group_of(package, name):
    """Groups are what a validation split must not cut through."""
    if package == "bucklespring-data":
        return "deb-bucklespring"
    stem = os.path.splitext(os.path.basename(name))[0].lower()
    stem = re.sub(r"[-_ .]?\d+$", "", stem) or stem
    return "deb-%s-%s" % (re.sub(r"-(data|data-base|game|sound)$", "", package),
                          re.sub(r"[^a-z0-9]+", "-", stem).strip("-"))


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


def take(package, deb, out):
    """Writes what is wanted of one package; rows for the manifest."""
    rows, seen = [], set()
    version = subprocess.run(["dpkg-deb", "-f", deb, "Version"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    for path, data in members(deb):
        if path.endswith("/doc/%s/copyright" % package):
            with open(os.path.join(out, package + ".copyright"), "wb") as f:
                f.write(data)
        if not path.lower().endswith(AUDIO) or not re.search(
                WANTED[package], path) or re.search(UNWANTED, path, re.I):
            continue
        try:
            x, rate = sf.read(io.BytesIO(data), dtype="float32", always_2d=True)
        except RuntimeError as e:
            sys.stderr.write("%s: %s: skipped: %s\n" % (package, path, e))
            continue
        x = x.mean(axis=1)
        key = (len(x), x[:1000].tobytes())
        if len(x) < rate * SHORTEST.get(package, SHORTEST_ELSE) or \
                key in seen or not (abs(x).max() > 1e-3):
            continue
        seen.add(key)
        group = group_of(package, path)
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


def main():
    ap = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", required=True)
    ap.add_argument("--packages", help="folder of .deb files, kept; default: "
                    "each is deleted once it is read")
    ap.add_argument("--only", type=re.compile, default="",
                    help="only packages in whose name this is found")
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    rows = []
    for package in sorted(WANTED):
        if a.only and not a.only.search(package):
            continue
        with tempfile.TemporaryDirectory(dir=a.out) as tmp:
            got = take(package, fetch(package, os.path.abspath(
                a.packages or tmp)), a.out)
        print("%-24s %4d clips, %5.1f min" % (
            package, len(got), sum(float(r[-1]) for r in got) / 60), flush=True)
        rows += got
    tmp = os.path.join(a.out, "manifest.csv.tmp")
    with open(tmp, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["path", "speaker", "package", "version", "source", "seconds"])
        w.writerows(rows)
    os.replace(tmp, os.path.join(a.out, "manifest.csv"))
    print("%s: %d clips, %.2f h, %d groups" % (
        a.out, len(rows), sum(float(r[-1]) for r in rows) / 3600,
        len({r[1] for r in rows})))


if __name__ == "__main__":
    main()

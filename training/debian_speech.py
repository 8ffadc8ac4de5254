"""Takes recorded speech out of Debian packages, for training/pack.py.

  python3 -m training.debian_speech --out DIR [--packages DIR]
  python3 -m training.pack --speech SPEECH --speech DIR ...

A speech synthesiser brings what its voice was cut from: an hour and a half of
sentences read in Russian (Festival). Games bring actors: dialogues in Dutch and
Czech (Fish Fillets), some fifteen people who shout and joke (Hedgewars). All of
it is in Debian's main archive. Packages are downloaded with apt-get (or taken
from --packages, a folder of .deb files) and never installed. DIR gets mono FLAC
files, a manifest.csv (path, speaker, package, version, source, seconds) and the
packages' copyright files. Every speaker is of the training split: the validation
split stays what it was.

Not taken: voices that are synthetic or sent through effects, and those of Fish
Fillets' lesser parts, whose names do not say who speaks.
"""
import re

from training import debian_audio
from training.corpus import of_training

# What of each package, by the path in it, with as {who} what tells the speaker.
WANTED = {
    "festvox-ru": r"/(?P<who>msu_ru_nsh)_clunits/wav/",
    "fillets-ng-data-cs": r"/cs/[^/]*-(?P<who>[mv])-[^/]*$",
    "fillets-ng-data-nl": r"/nl/[^/]*-(?P<who>[mv])-[^/]*$",
    "hedgewars-data": r"/voices/(?P<who>Default_(es|pl|ru|uk)|British|HillBilly|Mobster|"
                      r"Pirate|Russian|Russian_pl|Surfer)/",
}
SHORTEST = 0.4  # seconds


def speaker_of(package, path):
    """The speaker of what is wanted of a package, else None."""
    m = re.search(WANTED[package], path)
    if not m:
        return None
    who = m.group("who").lower().replace("_", "-")
    return of_training("deb-%s-%s" % (re.sub("-data", "", package), who))


def main():
    debian_audio.run(__doc__, WANTED, speaker_of, lambda package: SHORTEST)


if __name__ == "__main__":
    main()

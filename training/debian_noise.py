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
import os
import re

from training import debian_audio

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
# Below this many seconds only clicks and keys are left.
SHORTEST = {"bucklespring-data": 0.02}
SHORTEST_ELSE = 1.5
UNWANTED = r"music|voice|thunder|stormbolts"


def group_of(package, name):
    """The group of what is wanted of a package: what a validation split must
    not cut through. Else None."""
    if not re.search(WANTED[package], name) or re.search(UNWANTED, name, re.I):
        return None
    if package == "bucklespring-data":
        return "deb-bucklespring"
    stem = os.path.splitext(os.path.basename(name))[0].lower()
    stem = re.sub(r"[-_ .]?\d+$", "", stem) or stem
    return "deb-%s-%s" % (re.sub(r"-(data|data-base|game|sound)$", "", package),
                          re.sub(r"[^a-z0-9]+", "-", stem).strip("-"))


def main():
    debian_audio.run(__doc__, WANTED, group_of,
                     lambda package: SHORTEST.get(package, SHORTEST_ELSE))


if __name__ == "__main__":
    main()

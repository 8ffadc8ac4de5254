"""The command line of training/train.py."""
import argparse
import re

from training import mixing

# Sparsity from which sparse kernels beat dense products (bench_step.py).
SPARSE_PAYS = 0.55


def share(text):
    """A number of 0..1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("'%s' is not in 0..1" % text)
    return value


def span(text):
    """Two numbers, the lower first: LOW,HIGH."""
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        low, high = 0, -1
    if not -40 <= low <= high <= 60:
        raise argparse.ArgumentTypeError(
            "'%s' is not LOW,HIGH in -40..60" % text)
    return low, high


def at_least_one(text):
    """A whole number of 1 or more."""
    if not re.fullmatch("[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(
            "'%s' is not a whole number of 1 or more" % text)
    return int(text)


def whole(text):
    """A whole number of 0 or more, below 10000."""
    if not re.fullmatch("[0-9]{1,4}", text):
        raise argparse.ArgumentTypeError(
            "'%s' is not a whole number of 0..9999" % text)
    return int(text)


def pattern(text):
    """A regular expression, as it is written."""
    try:
        re.compile(text)
    except re.error as e:
        raise argparse.ArgumentTypeError(
            "'%s' is no regular expression: %s" % (text, e)) from None
    return text


def parse(description):
    ap = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--pack", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--init", help="start from these weights")
    ap.add_argument("--init-raw", action="store_true",
                    help="take the raw, not the averaged weights of --init")
    ap.add_argument("--k", type=float, default=1.0)
    ap.add_argument("--layers", type=int, default=3)
    ap.add_argument("--activation", default="relu", choices=("relu", "gelu"))
    ap.add_argument("--state-activation", default="",
                    choices=("", "relu_parts", "gate_re", "none"),
                    help="default: relu_parts; none with gelu")
    ap.add_argument("--mask", default="sigmoid")
    ap.add_argument("--window", default="sqrt-hann",
                    choices=("sqrt-hann", "low-latency", "boxcar"))
    ap.add_argument("--feature", default="level-normalised-phase",
                    choices=("level-normalised-phase-floor",
                             "level-normalised-phase", "level-normalised",
                             "magnitude"))
    ap.add_argument("--step-min", type=float, default=5e-3,
                    help="least time step of a state at the start: it forgets "
                    "in 2 / step hops")
    ap.add_argument("--step-max", type=float, default=1.5)
    ap.add_argument("--hours", type=float, default=100)
    ap.add_argument("--batch", type=int, default=12)
    ap.add_argument("--steps", type=int, default=500, help="frames a clip")
    ap.add_argument("--optimiser", default="muon",
                    choices=("adamw", "muon"))
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--lr-slow", type=float, default=1e-3)
    ap.add_argument("--weight-decay", type=float, default=0.01)
    ap.add_argument("--warmup", type=int, default=200)
    ap.add_argument("--decay", type=float, default=0.3)
    ap.add_argument("--clip", type=float, default=5.0)
    ap.add_argument("--sparsity", type=float, default=0.0)
    ap.add_argument("--prune-start", type=float, default=0.05)
    ap.add_argument("--prune-end", type=float, default=0.6)
    ap.add_argument("--prune-every", type=int, default=0, metavar="STEPS",
                    help="prune in stages this far apart, what is pruned stays "
                    "at 0 but for --regrow; default: masks chosen anew every 8 "
                    "steps with a straight-through gradient until --freeze")
    ap.add_argument("--quantise", action="store_true",
                    help="weights and activations on the grid of fixed point "
                    "(qat.py), to finish a pruned network from --init")
    ap.add_argument("--freeze", type=float, default=1.0, metavar="SHARE",
                    help="from this share of the run on masks stay and pruned "
                    "weights are left at 0")
    ap.add_argument("--sparse-kernels", action="store_true",
                    help="once masks are frozen and %g %%%% pruned: products "
                    "with the kept weights only, BatchNorm's statistics frozen "
                    "(sparse.py; CPU with AVX-512, --batch a multiple of "
                    "16)" % (100 * SPARSE_PAYS))
    ap.add_argument("--regrow", type=float, default=0.0, metavar="SHARE",
                    help="of the kept weights that move every "
                    "--regrow-every (or --prune-every) steps once masks are "
                    "frozen, falling to 0 when the learning rate begins to, or "
                    "when pruning in stages ends (prune.py)")
    ap.add_argument("--regrow-every", type=int, default=200)
    ap.add_argument("--loss", default="", metavar="NAME=VALUE,...",
                    help="change terms of training/losses.py HYPER")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--bf16", action="store_true",
                    help="bfloat16 matrix products (CPU with AVX512_BF16)")
    ap.add_argument("--procs", type=int, default=1, help="mixing processes")
    ap.add_argument("--fresh", type=int, default=4,
                    help="new items of each kind a batch")
    ap.add_argument("--augment", type=float, default=1.0, metavar="FACTOR",
                    help="on the shares of speech with reverberation, "
                    "filters, clipping: below 1 to finish on plain speech")
    ap.add_argument("--noise", type=pattern, default="", metavar="REGEX",
                    help="of the recorded noise only groups in which this is "
                    "found, e.g. ^(moodist|noisekun)")
    ap.add_argument("--recorded", type=share, default=mixing.RECORDED,
                    metavar="SHARE", help="of the noise that is recorded; 0.08 "
                    "are babble, or what is left, the rest is made up")
    ap.add_argument("--snr", type=span, default=mixing.SNR, metavar="LOW,HIGH",
                    help="dB, of nine examples in ten (default: %g,%g)"
                    % mixing.SNR)
    ap.add_argument("--noise-power", type=float, default=mixing.NOISE_POWER,
                    help="recordings are drawn by their length to this power")
    ap.add_argument("--texture", type=share, default=0.0, metavar="SHARE",
                    help="of the noise that is made into another one: bands "
                    "of two, envelopes of another, bands that rise and fall, "
                    "shifted in frequency (sounds.retexture)")
    ap.add_argument("--eq-db", type=float, default=6.0,
                    help="most that a microphone's response raises or lowers "
                    "speech at a frequency")
    ap.add_argument("--full-band", type=share, metavar="SHARE",
                    help="of the items that come through the 48 kHz front end, "
                    "where the pack has full-band clips; default: as the run "
                    "began, and a new one with %.4g" % mixing.FULL_BAND)
    ap.add_argument("--val-every", type=int, default=500)
    ap.add_argument("--val-count", type=int, default=48,
                    help="mixtures of the validation split")
    ap.add_argument("--val-noise", type=pattern, default="", metavar="REGEX",
                    help="of the validation split's noise only groups in which "
                    "this is found")
    ap.add_argument("--save-minutes", type=float, default=3)
    ap.add_argument("--stop-minutes", type=float, default=0,
                    help="stop (resumable) after this long")
    ap.add_argument("--stop-step", type=int, default=0,
                    help="stop (resumable) at this step")
    return ap.parse_args()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The simulated chip: `tacet simulate`, and as a backend of `tacet denoise`."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import command_case  # noqa: E402
from command_case import FAILED, USAGE, CommandTest, noise  # noqa: E402

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                      "testdata", "fixed")
MODEL = os.path.join(FOLDER, "real.tacet")


class SimulateTest(CommandTest):

  def setUp(self):
    super().setUp()
    self.noisy = self.write("noisy.wav", noise(1, 16000), 16000)

  def simulate(self, *args, **how):
    return self.tacet("simulate", self.noisy, "--model", MODEL, *args, **how)

  def report(self, *args):
    return json.loads(self.simulate("--json", *args)[0])

  def test_denoises_to_the_bytes_of_fixed_point(self):
    for model in "real", "complex":
      for rate, channels in (16000, 1), (48000, 2), (44100, 1):
        noisy = self.write("in.wav", noise(1, rate, channels), rate)
        outputs = []
        for backend in "fixed", "neuromorphic", "float":
          out = self.path(backend + ".wav")
          self.tacet("denoise", "--model", os.path.join(FOLDER, model + ".tacet"),
                     "--backend", backend, "-f", noisy, out)
          with open(out, "rb") as f:
            outputs.append(f.read())
        self.assertEqual(outputs[0], outputs[1])
        self.assertNotEqual(outputs[0], outputs[2])

  def test_the_report_adds_up(self):
    r = self.report()
    self.assertEqual(r["tokens"], 125)
    self.assertEqual(r["mode"], "fall-through")
    cores = r["cores"]
    self.assertEqual(sum(g["cores"] for g in r["groups"]), len(cores))
    self.assertAlmostEqual(
        sum(c["synapses"] for c in cores) / r["tokens"],
        r["per_token"]["synapses"])
    self.assertEqual(
        sum(c["synapse_bytes"] + c["neuron_bytes"] for c in cores),
        r["memory"]["synapse_bytes"] + r["memory"]["neuron_bytes"])
    for shares in "energy_shares", "step_limits":
      self.assertAlmostEqual(sum(r[shares].values()), 1)
    for low, value, high in (r["latency_us"]["mean"], r["energy_uj"]["mean"],
                             r["tokens_per_s"], r["margin"]):
      self.assertLess(low, value)
      self.assertLess(value, high)
    # A token's period is its latency where it falls through.
    self.assertEqual(r["latency_us"], r["period_us"])

  def test_the_pipeline_gives_throughput_for_latency(self):
    fall, pipe = self.report(), self.report("--mode", "pipelined")
    self.assertEqual(fall["per_token"], pipe["per_token"])
    self.assertGreater(pipe["tokens_per_s"][1], 2 * fall["tokens_per_s"][1])
    self.assertGreater(pipe["latency_us"]["mean"][1],
                       fall["latency_us"]["mean"][1])

  def test_balancing_shortens_the_latency(self):
    few = self.report("--placement", "compact")
    many = self.report("--placement", "balanced")
    self.assertLess(len(few["cores"]), len(many["cores"]))
    self.assertLess(many["latency_us"]["mean"][1],
                    few["latency_us"]["mean"][1])

  def write_chip(self, name, scale=lambda quantity: 1, **values):
    """The default chip's TOML with prices scaled and values replaced."""
    lines = ["name = %s" % json.dumps(name)]
    for quantity, q in self.report()["chip"]["quantities"].items():
      low, value, high = (scale(quantity) * v for v in q["range"])
      if quantity in values:
        low = value = high = values[quantity]
      lines += ["[%s]" % quantity, "value = %r" % value, "low = %r" % low,
                "high = %r" % high, 'source = "test"']
    path = self.path("chip.toml")
    with open(path, "w") as f:
      f.write("\n".join(lines) + "\n")
    return path

  def test_a_chip_file_replaces_the_built_in_set(self):
    path = self.write_chip("mine", lambda quantity: 2 if quantity.endswith(
        ("_pj", "_mw")) else 1)
    one, two = self.report(), self.report("--chip", path)
    self.assertEqual(two["chip"]["name"], "mine")
    self.assertEqual(one["latency_us"], two["latency_us"])
    for a, b in zip(one["energy_uj"]["mean"], two["energy_uj"]["mean"]):
      self.assertAlmostEqual(2 * a, b, places=4)

  def test_the_trace_shows_each_group_of_each_token(self):
    for mode in "fall-through", "pipelined":
      self.simulate("--mode", mode, "-f", "--trace", self.path("trace.json"))
      with open(self.path("trace.json")) as f:
        events = json.load(f)["traceEvents"]
      lines = {e["tid"]: e["args"]["name"] for e in events
               if e["name"] == "thread_name"}
      self.assertEqual(lines[1], "encoder")
      groups = len(lines) - 1
      token = [e for e in events if e["name"] == "token 50"]
      self.assertEqual([e["tid"] for e in token], list(range(1, groups + 1)))
      steps = [e for e in events if e["ph"] == "X" and e["tid"] == 0]
      for before, after in zip(steps, steps[1:]):
        self.assertAlmostEqual(before["ts"] + before["dur"], after["ts"],
                               places=2)
      if mode == "fall-through":
        self.assertEqual(len(steps), 125 * groups)

  def test_draws_the_chip(self):
    self.simulate("--picture", self.path("chip.png"))
    with open(self.path("chip.png"), "rb") as f:
      self.assertEqual(f.read(8), b"\x89PNG\r\n\x1a\n")
    _, text = self.simulate("--picture", self.path("chip.png"), expect=FAILED)
    self.assert_one_line(text, "chip.png", "exists")

  def test_what_is_amiss_is_told_in_a_line(self):
    _, text = self.tacet("simulate", self.noisy, "--model", self.model,
                         expect=FAILED)
    self.assert_one_line(text, "has no fixed-point weights")
    _, text = self.simulate("--chip", "abacus", expect=FAILED)
    self.assert_one_line(text, "abacus", "loihi2-estimate")
    silent = self.write("silent.wav", 0 * noise(1, 16000), 16000)
    _, text = self.tacet("simulate", silent, "--model", MODEL, expect=FAILED)
    self.assert_one_line(text, "silent.wav", "digital silence")
    for option, names in (("--mode", "fall-through,pipelined"),
                          ("--placement", "balanced,compact")):
      for bad in "sideways", "1":  # not the number behind a name either
        _, text = self.simulate(option, bad, expect=USAGE)
        self.assertIn("%s: %s not in {%s}\n" % (option, bad, names), text)

  def test_a_network_that_does_not_fit_names_the_limit(self):
    for limits, needles in (
        ({"num_cores": 3}, ("at most 3", "too many by")),
        ({"weight_bits": 7}, ("weight", "7")),
        ({"message_bits": 8}, ("message", "8")),
        ({"synapse_memory_bytes": 8}, ("synaptic memory", "at most 8"))):
      path = self.write_chip("small", **limits)
      _, text = self.simulate("--chip", path, expect=FAILED)
      self.assert_one_line(text, "does not fit on chip small", *needles)

  def test_a_hostile_chip_file_is_refused_in_a_line(self):
    path = self.write_chip("mine")
    with open(path) as f:
      good = f.read()
    for bad, needle in ((b"{}", "chip.toml"), (b"\0" * 100, "chip.toml"),
                        (b"[" * 100000, "chip.toml"),
                        (good.encode() + b'["\\u001b[2J"]\n', "no quantity"),
                        (b"#" * (1 << 21), "most for a chip")):
      with open(path, "wb") as f:
        f.write(bad)
      _, text = self.simulate("--chip", path, expect=FAILED)
      self.assert_one_line(text, needle)
      self.assertNotIn("\x1b", text)
    _, text = self.simulate("--chip", self.path("."), expect=FAILED)
    self.assert_one_line(text, "no such file and no built-in chip")


if __name__ == "__main__":
  command_case.main()

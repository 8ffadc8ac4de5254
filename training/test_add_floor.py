"""A network that was given the floor features computes what it did."""
import unittest

import torch

from training import add_floor, golden, model, prune


class AddFloorTest(unittest.TestCase):
    def setUp(self):
        self.old = model.Network(model.ModelConfig(
            k=0.25, feature="level-normalised-phase"), 4)
        golden.randomise(self.old, 1)
        prune.update(self.old, 0.8)
        self.features = torch.rand(50, 4, 770, generator=torch.Generator(
            ).manual_seed(2)) + 1
        self.old.standardise(self.features[..., :513])
        self.net = add_floor.add_floor(self.old, self.features, 0.1)

    def test_outputs_stay(self):
        with torch.no_grad():
            want = self.old.outputs(self.old.trunk(self.features[..., :513]))
            got = self.net.outputs(self.net.trunk(self.features))
        torch.testing.assert_close(got, want, rtol=1e-4, atol=1e-5)

    def test_a_share_of_the_new_weights_is_free_and_0(self):
        new = self.net.masks["encoder_w"][513:]
        self.assertAlmostEqual(float(new.mean()), 0.1, delta=0.02)
        self.assertEqual(float(self.net.encoder_w[513:].abs().max()), 0)
        for name, mask in self.old.masks.items():
            self.assertTrue(torch.equal(
                mask, self.net.masks[name][:len(mask)]), name)

    def test_the_new_inputs_move_the_output_once_trained(self):
        with torch.no_grad():
            before = self.net.outputs(self.net.trunk(self.features))
            self.net.encoder_w[513:] = 0.1
            after = self.net.outputs(self.net.trunk(self.features))
        self.assertGreater(float((after - before).abs().max()), 0.01)


if __name__ == "__main__":
    unittest.main()

"""The mean of checkpoints is the mean of their weights, pruned as the last."""
import unittest

import torch

from training import average, model, prune


def checkpoint(seed, sparsity):
    net = model.Network(model.ModelConfig(k=0.25), seed)
    prune.update(net, sparsity)
    prune.clear(net)
    return {"weights": net.state_dict(), "masks": net.masks, "step": 9,
            "optimiser": {}, "config": {"k": 0.25}}


class AverageTest(unittest.TestCase):
    def test_is_the_mean_where_the_last_has_weights(self):
        files = [checkpoint(i, 0.9) for i in range(3)]
        got = average.average(files)
        for name, value in got["weights"].items():
            want = sum(f["weights"][name].double() for f in files) / 3
            want = want.float() * files[-1]["masks"].get(name, 1)
            torch.testing.assert_close(value.float(), want)
        for name, mask in files[-1]["masks"].items():
            self.assertEqual(int((got["weights"][name] != 0).sum()),
                             int(mask.sum()), name)
        self.assertEqual((got["config"], got["step"]), ({"k": 0.25}, 0))
        self.assertNotIn("optimiser", got)

    def test_takes_averaged_weights_where_there_are(self):
        one, two = checkpoint(1, 0.5), checkpoint(2, 0.5)
        two["average"] = one["weights"]
        got = average.average([one, two])["weights"]["encoder_b"]
        torch.testing.assert_close(got, one["weights"]["encoder_b"])

    def test_takes_dense_networks(self):
        one, two = ({n: v for n, v in checkpoint(i, 0).items() if n != "masks"}
                    for i in (1, 2))
        got = average.average([one, two])["weights"]["encoder_w"]
        torch.testing.assert_close(got, (one["weights"]["encoder_w"]
                                         + two["weights"]["encoder_w"]) / 2)

    def test_refuses_networks_of_other_shapes(self):
        one, two = checkpoint(1, 0.5), checkpoint(2, 0.5)
        two["weights"] = dict(two["weights"],
                              encoder_w=two["weights"]["encoder_w"][:, :9])
        with self.assertRaisesRegex(SystemExit, "encoder_w is not of one"):
            average.average([one, two])


if __name__ == "__main__":
    unittest.main()

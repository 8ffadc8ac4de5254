"""Training at the cost of the weights that are there: kernels/sparse.cc.

For a network whose masks are frozen (prune.py), on a CPU with AVX-512.
BatchNorm's running statistics are frozen too, so that it is an affine map and
a panel of steps can pass a whole layer while it is in the cache. Everything
but the products (folding, zero-order hold) is plain PyTorch on dense tensors,
whose autograd carries the gradients of the kept weights back to the network's
parameters; those of pruned weights are 0.
"""
import numpy as np
import torch

from training import fused, model, windows
from training.windows import HOP

LANES = 16


def available():
    return hasattr(fused.LIB, "SparseLayer")


class Pattern:
    """Where a matrix [out, in] has weights, by rows and by columns."""

    def __init__(self, on):
        on = on.numpy() != 0
        self.shape = on.shape
        self.rows, self.cols = self.compress(on)
        self.t_rows, self.t_cols = self.compress(on.T)
        flat = np.flatnonzero(on)
        order = np.full(on.size, -1, np.int64)
        order[flat] = np.arange(len(flat))
        place = order.reshape(on.shape).T
        self.index = torch.from_numpy(flat)
        self.t_order = torch.from_numpy(place[place >= 0])

    @staticmethod
    def compress(on):
        rows = np.concatenate([[0], np.cumsum(on.sum(1))]).astype(np.int32)
        return rows, np.ascontiguousarray(np.nonzero(on)[1].astype(np.int32))

    def take(self, w):
        """Kept values of w [out, in], row by row."""
        return w.reshape(-1)[self.index]

    def forward(self, values):
        return self.rows, self.cols, values

    def transposed(self, values):
        return self.t_rows, self.t_cols, values[self.t_order].contiguous()


def gradient(pattern, count, x, gy):
    out = torch.empty(len(pattern.index))
    o, i = pattern.shape
    fused.call("SparseWeightGrad", pattern.rows, pattern.cols, count, i, o, x,
               gy, out)
    return out


class Pass(torch.autograd.Function):
    """(loss, si_snr [B]) of a batch; tensors: encoder values and bias, nine
    tensors a layer, decoder values and bias (Sparse.tensors)."""

    @staticmethod
    def forward(ctx, sparse, batch, hyper, train, *tensors):
        t = [v.detach().contiguous() for v in tensors]
        loss, si, grads = sparse.run(batch, hyper, train, t)
        ctx.grads = grads
        ctx.mark_non_differentiable(si)
        return torch.tensor(loss), si

    @staticmethod
    def backward(ctx, gl, _):
        return (None, None, None, None, *[g * gl for g in ctx.grads])


class Sparse:
    """The patterns of one network and its buffers; call it like forward()."""

    def __init__(self, net):
        if not available():
            raise SystemExit("--sparse-kernels: this CPU has no AVX-512")
        c = net.cfg
        if c.state_activation != "relu_parts" or c.activation != "relu" or \
                c.mask not in ("sigmoid", "complex"):
            raise SystemExit("--sparse-kernels: for ReLU networks with "
                             "relu_parts and a sigmoid or complex mask only")
        self.net, self.memory = net, {}
        m = net.masks
        self.encoder = Pattern(m["encoder_w"].t())
        self.decoder = Pattern(m["decoder_w"].t())
        self.layers = []
        for i in range(c.layers):
            pre = "layers.%d." % i
            self.layers.append(
                (Pattern(torch.cat([m[pre + "b_re"], m[pre + "b_im"]])),
                 Pattern(torch.cat([m[pre + "c_re"], m[pre + "c_im"]], 1)),
                 Pattern(m[pre + "gate_w"].t())))

    def tensors(self):
        """What the kernels take, as functions of the parameters."""
        net = self.net
        w, bias = net.encoder()
        out = [self.encoder.take(w.t()), bias]
        for i, (pb, pc, pg) in enumerate(self.layers):
            l = net.layers[i]
            b, a, f, c, d, w2, b2 = net.layer_tensors(i)
            g = l.bn_scale * torch.rsqrt(l.bn_var + model.BN_EPS)
            e = l.bn_bias - l.bn_mean * g
            out += [pb.take((g[:, None] * b).t()), a, f, e @ b,
                    pc.take(c.t()), d * g, d * e, pg.take(w2.t()), b2]
        return out + [self.decoder.take(net.weight("decoder_w").t()),
                      net.decoder_b]

    def __call__(self, data, hyper, train):
        with torch.set_grad_enabled(train):
            loss, si = Pass.apply(self, data, hyper, train, *self.tensors())
        return loss, si, None

    def packed(self, name, count, n):
        return self.array((name, count, n), (count, n + 1, LANES), np.uint32)

    def floats(self, name, count, n):
        return self.array((name, count, n), (count, n, LANES), np.float32)

    def array(self, key, shape, kind):
        if key not in self.memory:
            self.memory[key] = np.zeros(shape, kind)
        return self.memory[key]

    def run(self, batch, hyper, train, t):
        """(loss, si_snr, gradients of t)."""
        cfg = self.net.cfg
        k, h, n = cfg.num_outputs, cfg.hidden, cfg.states
        steps, examples, _ = batch["f"].shape
        if steps % 2 or examples % LANES:
            raise SystemExit("--sparse-kernels: %d steps of %d clips; steps "
                             "must be even, clips a multiple of %d" % (
                                 steps, examples, LANES))
        panels, sequences = steps // 2, examples // LANES
        count = panels * sequences
        size = (panels, sequences, h, n)
        call = fused.call
        inputs = cfg.num_inputs
        fp = self.packed("f", count, inputs)
        call("SparsePack", batch["f"], panels, sequences, inputs, fp)
        x = self.floats("x", count, 2 * h)
        xp = [self.packed("x%d" % i, count, h)
              for i in range(cfg.layers + 1)]
        call("SparseEncode", *self.encoder.forward(t[0]), t[1], count,
             inputs, h, fp, x, xp[0])
        saved = []
        for i, (pb, pc, pg) in enumerate(self.layers):
            b, a, f, cb, c, d, e, g, gb = t[2 + 9 * i:11 + 9 * i]
            keep = i if train else 0
            s = self.floats("s%d" % keep, count, 4 * n)
            r = self.packed("r%d" % keep, count, 2 * n)
            y, q = (self.packed("%s%d" % (v, keep), count, h) for v in "yq")
            call("SparseLayer", *pb.forward(b), *pc.forward(c),
                 *pg.forward(g), a, f, cb, d, e, gb, *size, xp[i], x, s, r, y,
                 q, xp[i + 1])
            saved.append((s, r, y, q))
        rows = steps * examples
        o, grad = (fused.buffer((rows, k), v) for v in ("mask", "grad"))
        call("SparseDecode", *self.decoder.forward(t[-2]), panels, sequences,
             h, k, xp[-1], o)
        loss, si, g_bias = fused.mask_loss(
            o, t[-1], batch, windows.scaled_synthesis(cfg.window), HOP, hyper,
            grad)
        if not train:
            return loss, si, None
        go = self.packed("go", count, k)
        call("SparsePack", grad, panels, sequences, k, go)
        grads = [gradient(self.decoder, count, xp[-1], go), g_bias]
        call("SparseBack", *self.decoder.transposed(t[-2]), count, k, h, go, x)
        gq, gy = self.packed("gq", count, h), self.packed("gy", count, h)
        gu = self.packed("gu", count, 2 * n)
        for i in reversed(range(cfg.layers)):
            pb, pc, pg = self.layers[i]
            b, a, f, _, c, d, _, g, _ = t[2 + 9 * i:11 + 9 * i]
            s, r, y, q = saved[i]
            sums = [torch.empty(m) for m in (2 * n, 2 * n, 2 * n, h, h, h)]
            call("SparseLayerBack", *pb.transposed(b), *pc.transposed(c),
                 *pg.transposed(g), a, f, d, *size, xp[i], s, y, q, xp[i + 1],
                 x, gq, gy, gu, *sums)
            ga, gf, gcb, gd, ge, ggb = sums
            grads = [gradient(pb, count, xp[i], gu), ga, gf, gcb,
                     gradient(pc, count, r, gy), gd, ge,
                     gradient(pg, count, y, gq), ggb] + grads
        gp, g_enc = gq, torch.empty(h)
        call("SparseReluBack", x, xp[0], count, h, gp, g_enc)
        return loss, si, [gradient(self.encoder, count, fp, gp),
                          g_enc] + grads

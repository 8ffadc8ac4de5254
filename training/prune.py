"""Magnitude pruning with a straight-through gradient.

Per-tensor unstructured top-k on |w|; the target is spread over tensors by
ERK (density ~ sum(dims) / prod(dims), capped at 1), and reached along a cubic
s(t) = s_f (1 - (1 - p)^3), p from 0 to 1 between two steps. Real and imaginary
parts count as independent scalars. Source: docs of the paper's recipe
(jaxpruner's magnitude_ste).
"""
import torch


def named(net):
    """name -> weight of every pruned tensor."""
    out = {}
    for n, p in net.named_parameters():
        if n.rsplit(".", 1)[-1] in net.PRUNED:
            out[n] = p
    return out


def erk(shapes, sparsity):
    """Density of each tensor so that the whole keeps 1 - sparsity."""
    total = sum(a * b for a, b in shapes.values())
    keep = (1 - sparsity) * total
    dense, density = set(), {}
    while True:
        free = keep - sum(a * b for n, (a, b) in shapes.items() if n in dense)
        raw = sum(a + b for n, (a, b) in shapes.items() if n not in dense)
        eps = free / raw
        over = [n for n, (a, b) in shapes.items()
                if n not in dense and eps * (a + b) / (a * b) > 1]
        if not over:
            break
        dense.update(over)
    for n, (a, b) in shapes.items():
        density[n] = 1.0 if n in dense else eps * (a + b) / (a * b)
    return density


def cubic(step, start, end, final):
    if step < start or final <= 0:
        return 0.0
    p = min(1.0, (step - start) / max(1, end - start))
    return final * (1 - (1 - p) ** 3)


@torch.no_grad()
def update(net, sparsity):
    """Sets net.masks for the given overall sparsity."""
    if sparsity <= 0:
        net.masks = {}
        return
    tensors = named(net)
    density = erk({n: tuple(p.shape) for n, p in tensors.items()}, sparsity)
    for n, p in tensors.items():
        keep = max(1, int(round(density[n] * p.numel())))
        a = p.abs().flatten()
        threshold = a.kthvalue(a.numel() - keep + 1).values
        m = ((a >= threshold) & (a > 0)).to(p.dtype).view_as(p)
        if n in net.masks:
            net.masks[n].copy_(m)
        else:
            net.masks[n] = m


@torch.no_grad()
def choose_anew(net):
    """Averaged weights choose their own zeros, as many as the masks leave. What
    is 0 wherever its mask is, as after training/restore.py, keeps its masks:
    those of networks side by side are spread in another way than update()'s."""
    tensors = named(net)
    if all(not torch.any(p[net.masks[n] == 0]) if n in net.masks else True
           for n, p in tensors.items()):
        return
    share = sparsity(net)
    net.masks = {}
    update(net, share)


@torch.no_grad()
def regrow(net, gradients, share):
    """Moves `share` of the kept weights of each tensor: the smallest go, and
    as many pruned ones with the largest gradient come, starting at 0. Source:
    RigL, Evci et al. 2020 (arXiv 1911.11134)."""
    for n, p in named(net).items():
        m, g = net.masks[n].view(-1), gradients[n].reshape(-1).abs()
        w = p.view(-1)
        free = m.numel() - int(m.sum())
        count = min(int(share * float(m.sum())), free)
        if count == 0:
            continue
        smallest = w.abs().masked_fill(m == 0, float("inf")).topk(
            count, largest=False).indices
        steepest = g.masked_fill(m != 0, -1).topk(count).indices
        m[smallest] = 0
        m[steepest] = 1
        w.mul_(m)


@torch.no_grad()
def sparsity(net):
    """Share of zeros over all prunable weights, as the forward sees them."""
    tensors = named(net)
    kept = sum(float(net.masks[n].sum()) if n in net.masks else p.numel()
               for n, p in tensors.items())
    return 1 - kept / sum(p.numel() for p in tensors.values())


@torch.no_grad()
def clear(net, values=None):
    """Sets pruned weights to 0, of the network and of its average."""
    for n, p in named(net).items():
        if n in net.masks:
            p.mul_(net.masks[n])
            if values is not None:
                values[n].mul_(net.masks[n])

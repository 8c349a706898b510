"""The networks of anila-cpu in PyTorch, at their fastest: activations and sums in place where autograd allows it. Parameters
have the names of anila-cpu's files, so that both sides compute with the same ones."""
import torch
import torch.nn.functional as F
from torch import nn


def leaky():
    return nn.LeakyReLU(0.05, inplace=True)


class Toy(nn.Module):
    """1x1 convolutions as published, or the same as linear layers, which are faster."""

    def __init__(self, n, kind="linear"):
        super().__init__()
        widths, layers = [2, n, 2 * n, 2 * n, 2 * n, 1], []
        for i, (c, d) in enumerate(zip(widths, widths[1:])):
            layers += [nn.Conv2d(c, d, 1) if kind == "conv" else nn.Linear(c, d)] + [leaky()] * (i < 4)
        self.f = nn.Sequential(*layers)

    def forward(self, x):
        return self.f(x)


class Vanilla(nn.Module):
    def __init__(self, n):
        super().__init__()
        layers = [nn.Conv2d(3, n, 3, 1, 1), leaky()]
        for c in (n, 2 * n, 4 * n):
            layers += [nn.Conv2d(c, 2 * c, 4, 2, 1), leaky()]
        self.f = nn.Sequential(*layers, nn.Conv2d(8 * n, 1, 4, 1, 0))

    def forward(self, x):
        return self.f(x).flatten()


class Attention(nn.Module):
    def __init__(self, channels, fused):
        super().__init__()
        self.inner, self.fused = channels // 2, fused
        self.g = nn.Sequential(nn.Conv2d(channels, self.inner, 1), nn.MaxPool2d(2))
        self.phi = nn.Sequential(nn.Conv2d(channels, self.inner, 1), nn.MaxPool2d(2))
        self.theta = nn.Conv2d(channels, self.inner, 1)
        self.W = nn.Conv2d(self.inner, channels, 1)

    def forward(self, x):
        q, k, v = (t.flatten(2).transpose(1, 2) for t in (self.theta(x), self.phi(x), self.g(x)))
        if self.fused:
            y = F.scaled_dot_product_attention(q.unsqueeze(1), k.unsqueeze(1), v.unsqueeze(1), scale=1.0).squeeze(1)
        else:
            y = torch.softmax(q @ k.transpose(1, 2), dim=-1) @ v
        y = y.transpose(1, 2).reshape(x.shape[0], self.inner, *x.shape[2:])
        return self.W(y).add_(x)


class NonLocal(nn.Module):
    """fused takes PyTorch's own attention kernel in place of two products and a softmax."""

    def __init__(self, n, fused=False):
        super().__init__()
        down = lambda c, d: [nn.Conv2d(c, d, 3, 1, 1), leaky(), nn.MaxPool2d(2)]
        self.convs = nn.Sequential(*down(3, n), Attention(n, fused), *down(n, 2 * n), Attention(2 * n, fused), *down(2 * n, 4 * n))
        self.fc = nn.Sequential(nn.Linear(4 * n * 16, 8 * n), leaky(), nn.Linear(8 * n, 1))

    def forward(self, x):
        return self.fc(self.convs(x).flatten(1)).flatten()


class Block(nn.Module):
    def __init__(self, c, d, down):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(c, d, 3, 1, 1), nn.Conv2d(d, d, 3, 1, 1)
        self.shortcut = nn.Conv2d(c, d, 1, bias=False) if c != d else nn.Identity()
        self.down = down

    def forward(self, x):
        y = F.silu(self.conv2(F.silu(self.conv1(x))).add_(self.shortcut(x)))
        return F.avg_pool2d(y, 2) if self.down else y


class ResNet(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.stem = nn.Conv2d(3, n, 3, 1, 1)
        self.stages = nn.Sequential(*[nn.Sequential(Block(c, d, True), Block(d, d, False))
                                      for c, d in ((n, n), (n, 2 * n), (2 * n, 2 * n))])
        self.fc = nn.Linear(2 * n, 1)

    def forward(self, x):
        return self.fc(self.stages(self.stem(x)).sum((2, 3))).flatten()


NETS = {"toy": Toy, "vanilla": Vanilla, "resnet": ResNet, "nonlocal": NonLocal}

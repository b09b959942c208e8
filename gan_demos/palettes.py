"""Drawing styles of few colours: a picture's areas are evened out and given the colours that the style has.

Most families of emoji are drawn in even areas of a palette of their own; a network's areas are soft and of any colour. So a generator of
them can have a `Palette` as its last layer, learnt by counting: nothing of it is trained.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIZE = 128  # colours of a style
EVEN_SHARE = 0.5  # of a style's even areas: if the 64 most frequent colours cover less, it is shaded, and is left as it is
EVEN, EVENED = 0.03, 0.08  # of range 0 to 1: how much colours differ within 3 × 3 pixels of an even area, in true pictures and in made ones
BINS = 32  # a channel, for counting
RARE = 0.005  # how much further (squared, in `oklab`) a colour may be for being e times as frequent
COMMON = 0.02  # a share above which more makes no difference: half of most pictures is white, and light gray is not
HUE = 2.0  # how much more hue and saturation count than lightness
ABSENT = 1000.0  # the cost of a place in the table that holds no colour
SMOOTHING, GROWTH, LAST = 0.02, 4.0, 1e4  # of `even_out`
REACH = 8  # pixels from the nearest even area that its change of colour is carried


class Palette(nn.Module):
    """picture (B, 3, H, W) in [0, 1], style (B, styles): weights -> (B, 3, H, W). Without weights, and as long as nothing was learnt, the
    picture stays as it is."""

    def __init__(self, styles: int, size: int = SIZE) -> None:
        super().__init__()
        self.register_buffer("colours", torch.zeros(styles, size, 3))
        self.register_buffer("costs", torch.full((styles, size), ABSENT))
        self.register_buffer("has_areas", torch.zeros(styles))

    def learn(self, pictures: Tensor, styles: Tensor) -> None:
        """Take the colours of each style from pictures (N, 3, H, W) uint8 in the styles (N,); other numbers than its own it leaves out."""
        for style in range(len(self.colours)):
            if (styles == style).any():
                self.learn_one(style, pictures[styles == style])

    @torch.no_grad()
    def learn_one(self, style: int, pictures: Tensor) -> None:
        """Take the colours of a style from its pictures (N, 3, H, W) uint8, the more frequent one costing less."""
        colours, shares = counted(pictures)
        colours, shares = colours[: self.colours.shape[1]], shares[: self.colours.shape[1]]
        self.colours[style, : len(colours)] = colours
        self.costs[style] = ABSENT
        self.costs[style, : len(colours)] = -RARE * shares.clamp_max(COMMON).log()
        self.has_areas[style] = float(shares[:64].sum() >= EVEN_SHARE)

    def forward(self, picture: Tensor, style: Tensor) -> Tensor:
        weights = style * self.has_areas  # (B, styles)
        touched = torch.nonzero(weights.sum(1) > 0).squeeze(1)
        if not len(touched):
            return picture
        out = picture.clone()
        for number in touched.tolist():  # by itself, so that a picture does not depend on its batch
            even = even_out(picture[number].float())
            flat = flat_areas(even, EVENED).unsqueeze(0)  # (1, H, W)
            change = torch.zeros_like(even)
            for k in torch.nonzero(weights[number]).squeeze(1).tolist():
                named = self.name(even, k)
                change += weights[number, k] * carried((named - even) * flat, flat)
            share = weights[number].sum()
            painted = picture[number] + share * (even - picture[number]) + change
            out[number] = painted.clamp(0, 1).to(out.dtype)
        return out

    def name(self, picture: Tensor, style: int) -> Tensor:
        """Each pixel's colour among those of a style: (3, H, W) -> (3, H, W)."""
        colours, places = self.colours[style], oklab(self.colours[style])
        pixels = oklab(picture.flatten(1).T)  # (H W, 3)
        # the squared distance, less what is the same for all colours of a pixel: that needs one pass instead of four
        cost = torch.addmm(places.square().sum(1) + self.costs[style], pixels, places.T, alpha=-2)
        return colours[cost.argmin(1)].T.reshape(picture.shape)


def counted(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Colours (K, 3) of the even areas of pictures (N, 3, H, W) uint8 and their shares (K,), most frequent first. A picture counts a colour
    by the square root of its share, so that one large area does not outweigh many small ones."""
    total, sums = torch.zeros(BINS**3, dtype=torch.float64), torch.zeros(BINS**3, 3, dtype=torch.float64)
    for picture in pictures:
        x = picture.float() / 255
        found = x.permute(1, 2, 0)[flat_areas(x, EVEN)].double()  # (P, 3)
        number = ((found * BINS).long().clamp_max(BINS - 1) * torch.tensor([BINS * BINS, BINS, 1])).sum(1)
        count = torch.bincount(number, minlength=BINS**3)
        weight = (count / x[0].numel()).sqrt()
        total += weight
        sums.index_add_(0, number, found * (weight / count.clamp_min(1))[number].unsqueeze(1))
    order = total.argsort(descending=True, stable=True)[: int((total > 0).sum())]
    return (sums[order] / total[order].unsqueeze(1)).float(), (total[order] / total.sum()).float()


def flat_areas(picture: Tensor, limit: float) -> Tensor:
    """Where colours of a picture (3, H, W) differ by `limit` at most within 3 × 3 pixels: (H, W), bool."""
    high, low = (around(sign * picture, torch.maximum, -torch.inf) for sign in (1, -1))
    return (high + low).amax(0) <= limit


def even_out(picture: Tensor) -> Tensor:
    """A picture (3, H, W) with few edges, each as sharp as it was: smoothing by the number of places where colours change (L0 gradient
    minimization, Xu et al. 2011, https://doi.org/10.1145/2070781.2024208)."""
    height, width = picture.shape[1:]
    steps = torch.zeros(2, height, width)
    steps[:, 0, 0] = -1
    steps[0, 0, -1] = steps[1, -1, 0] = 1
    slope = torch.fft.rfft2(steps.to(picture.device)).abs().square().sum(0)
    first, smooth, beta = torch.fft.rfft2(picture), picture, 2 * SMOOTHING
    while beta < LAST:
        across, down = smooth.roll(-1, 2) - smooth, smooth.roll(-1, 1) - smooth
        edge = (across.square() + down.square()).sum(0) >= SMOOTHING / beta
        across, down = across * edge, down * edge
        curve = across.roll(1, 2) - across + down.roll(1, 1) - down
        smooth = torch.fft.irfft2((first + beta * torch.fft.rfft2(curve)) / (1 + beta * slope), s=(height, width))
        beta *= GROWTH
    return smooth.clamp(0, 1)


def flatten(picture: Tensor, steps: Sequence[tuple[int, float]]) -> Tensor:
    """Evens out what differs by a few levels and leaves edges alone: (B, 3, H, W) in [0, 1] -> the same.

    An edge-avoiding à-trous filter (Dammertz et al., High Performance Graphics 2010): each pixel becomes the mean of neighbours of
    nearly its own colour, ever farther away; steps: how far, and how near in colour.
    """
    for distance, tolerance in steps:
        wide = F.pad(picture, (distance,) * 4, mode="replicate")  # (B, 3, H + 2 d, W + 2 d)
        total, weights = picture, torch.ones_like(picture[:, :1])
        for row in range(0, 2 * distance + 1, distance):
            for column in range(0, 2 * distance + 1, distance):
                if row != distance or column != distance:
                    near = wide[:, :, row : row + picture.shape[2], column : column + picture.shape[3]]  # (B, 3, H, W)
                    weight = ((near - picture).square().sum(1, keepdim=True) / (-2 * tolerance**2)).exp()  # (B, 1, H, W)
                    total, weights = torch.addcmul(total, weight, near), weights + weight
        picture = total / weights
    return picture


def carried(change: Tensor, known: Tensor) -> Tensor:
    """A change of colours (3, H, W) that is `known` (1, H, W) in places, carried to those around them."""
    both = torch.cat([change * known, known.float()])  # (4, H, W)
    for _ in range(REACH):
        total = around(both, torch.add, 0.0)
        share = total[3:]
        both = torch.where(both[3:] > 0, both, torch.cat([total[:3] / share.clamp_min(1), (share > 0).float()]))
    return torch.where(known, change, both[:3])


def around(x: Tensor, join: Callable[[Tensor, Tensor], Tensor], beyond: float) -> Tensor:
    """Of x (C, H, W) at each place the 3 × 3 values around it, joined; `beyond` counts outside. Much faster than pooling on a CPU."""
    x = F.pad(x, (1, 1, 1, 1), value=beyond)
    x = join(join(x[:, :-2], x[:, 1:-1]), x[:, 2:])
    return join(join(x[:, :, :-2], x[:, :, 1:-1]), x[:, :, 2:])


def oklab(colours: Tensor) -> Tensor:
    """sRGB in [0, 1] (N, 3) -> lightness and, `HUE` times as large, the two opponent colours: distances as people see them
    (https://bottosson.github.io/posts/oklab/)."""
    cones = colours.new_tensor([[0.4122, 0.5363, 0.0515], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    opponents = colours.new_tensor([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    linear = torch.where(colours <= 0.04045, colours / 12.92, ((colours.clamp_min(0) + 0.055) / 1.055) ** 2.4)
    return (linear @ cones.T).clamp_min(0) ** (1 / 3) @ opponents.T * colours.new_tensor([1.0, HUE, HUE])

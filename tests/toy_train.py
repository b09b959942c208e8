"""The toy's training module: what the command line hands over, kept for the test to look at."""

CALLS = []


def train(name, minutes, device, seed, out, fresh, width=8, objective="wgan"):
    CALLS.append(("train", name, minutes, device, seed, out, fresh, width, objective))


def evaluate(name):
    CALLS.append(("evaluate", name))

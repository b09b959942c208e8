"""The command line: `python -m gan_demos serve | train | evaluate | data | checkpoints | replay | space`.

Heavy modules are imported by the command that needs them, so that `--help` and a mistyped option answer at once.
"""

import argparse
import functools
import importlib
import inspect
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from gan_demos import __version__
from gan_demos.errors import UserError

COMMON = ("name", "minutes", "device", "seed", "out", "fresh")  # what every `train` function takes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 1 if something checked was found wanting, 2 for an error, told in a sentence."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except UserError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"The system refused: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gan_demos", description="Small GANs to play with.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the app")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=_port, default=7860)
    serve.add_argument("--backend", choices=("local", "ray"), default="local", help="compute in this process, or in a Ray cluster")
    cluster = serve.add_argument_group("with --backend ray")
    cluster.add_argument("--address", default="auto", help="the cluster: HOST:PORT, auto (this machine is part of it), local (start one)")
    cluster.add_argument("--replicas", type=_replicas, default=(1, 4), metavar="MIN:MAX", help="how many, with the load (1:4)")
    cluster.add_argument("--cpus", type=int, default=1, help="cores, and threads, of a replica (1)")
    cluster.add_argument("--gpus", type=float, default=0.0, help="GPUs of a replica (0); a fraction shares one")
    cluster.add_argument("--apart", action="append", default=[], metavar="MODEL", help="gets replicas of its own; may be repeated")
    serve.set_defaults(command=_serve)

    train = commands.add_parser("train", help="train a checkpoint")
    train.add_argument("name")
    train.add_argument("--minutes", type=_minutes, default=25.0, help="time budget (25)")
    train.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps, …")
    train.add_argument("--seed", type=int, default=0)
    start = train.add_mutually_exclusive_group()
    start.add_argument("--resume", dest="fresh", action="store_false", help="go on from the newest state (the default)")
    start.add_argument("--fresh", dest="fresh", action="store_true", help="start anew")
    train.add_argument("--out", type=Path, help="folder for the state, curves and samples of the run")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an option of this training; may be repeated")
    train.set_defaults(command=_train, fresh=False)

    evaluate = commands.add_parser("evaluate", help="measure a checkpoint again and compare with its card")
    evaluate.add_argument("name")
    evaluate.set_defaults(command=_evaluate)

    data = commands.add_parser("data", help="datasets").add_subparsers(required=True, metavar="list|build|check")
    data.add_parser("list", help="which there are, and where").set_defaults(command=_data_list)
    build = data.add_parser("build", help="build one from its public source")
    build.add_argument("name")
    build.set_defaults(command=_data_build)
    data.add_parser("check", help="hold those that are here to their checksums").set_defaults(command=_data_check)

    stored = commands.add_parser("checkpoints", help="weights").add_subparsers(required=True, metavar="list|verify")
    stored.add_parser("list", help="which there are").set_defaults(command=_checkpoints_list)
    stored.add_parser("verify", help="hold all files to their sha256").set_defaults(command=_checkpoints_verify)

    replay = commands.add_parser("replay", help="make the result in a file again from the recipe it carries")
    replay.add_argument("file", type=Path)
    replay.add_argument("--out", type=Path, default=Path("replayed"), help="folder for what is made (replayed)")
    replay.set_defaults(command=_replay)

    space = commands.add_parser("space", help="assemble and check the folder of a Hugging Face Space")
    space.add_argument("--out", type=Path, default=Path("build/space"), help="the new folder (build/space)")
    space.set_defaults(command=_space)
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a whole number between 0 and 65535")
    return int(text)


def _replicas(text: str) -> tuple[int, int]:
    least, _, most = text.partition(":")
    try:
        found = int(least), int(most or least)
    except ValueError:
        found = 0, 0
    if not 0 < found[0] <= found[1]:
        raise argparse.ArgumentTypeError("replicas are MIN:MAX, such as 1:4, or one number")
    return found


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 < minutes <= 60 * 24 * 30:
        raise argparse.ArgumentTypeError("minutes are a number above 0 (at most a month)")
    return minutes


def _serve(options: argparse.Namespace) -> None:
    from gan_demos import application

    ray = None
    if options.backend == "ray":
        ray = {key: getattr(options, key) for key in ("address", "replicas", "cpus", "gpus", "apart")}
    application.serve(options.host, options.port, ray)


def _train(options: argparse.Namespace) -> None:
    module = _train_module(options.name)
    more = _settings(options.set, module)
    common = {"minutes": options.minutes, "device": options.device, "seed": options.seed, "out": options.out, "fresh": options.fresh}
    module.train(options.name, **common, **more)


def _evaluate(options: argparse.Namespace) -> None:
    _train_module(options.name).evaluate(options.name)


def _train_module(name: str) -> ModuleType:
    from gan_demos import catalog

    demo = catalog.owner_of(name)
    try:
        return importlib.import_module(demo.train)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("gan_demos"):
            raise
        raise UserError(f"Training needs the package {error.name}: pip install -r requirements-train.txt") from None


def _settings(pairs: Sequence[str], module: ModuleType) -> dict[str, Any]:
    """`KEY=VALUE` pairs as keyword arguments of `module.train`; a value that is not JSON is text."""
    known = [key for key in inspect.signature(module.train).parameters if key not in COMMON]
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key not in known:
            takes = f"KEY=VALUE with a KEY of {', '.join(known)}" if known else "nothing for this training"
            raise UserError(f"--set takes {takes}; got {pair!r}.")
        try:
            settings[key] = json.loads(value)
        except ValueError:
            settings[key] = value
    return settings


def _data_list(options: argparse.Namespace) -> None:
    from gan_demos import data

    for line in data.listing():
        print(line)


def _data_build(options: argparse.Namespace) -> None:
    from gan_demos import data

    data.build(options.name)


def _data_check(options: argparse.Namespace) -> int:
    from gan_demos import data

    return 0 if data.check() else 1


def _checkpoints_list(options: argparse.Namespace) -> None:
    from gan_demos import catalog, checkpoints

    stored = checkpoints.names()
    for name in sorted({*stored, *catalog.checkpoint_names()}):
        print(f"{name:32} {checkpoints.digest(name)[:12] if name in stored else 'missing: python -m gan_demos train ' + name}")


def _checkpoints_verify(options: argparse.Namespace) -> int:
    from gan_demos import catalog, checkpoints

    damaged = 0
    for name in sorted({*checkpoints.names(), *catalog.checkpoint_names()}):
        try:
            checkpoints.verify(name)
            print(f"{name:32} good")
        except UserError as error:
            damaged += 1
            print(error, file=sys.stderr)
    return 1 if damaged else 0


def _replay(options: argparse.Namespace) -> None:
    from gan_demos import catalog, checkpoints, demo, media
    from gan_demos.inference import Engine
    from gan_demos.process import leave_cores

    given = media.read_file(options.file)
    recipe = media.read_recipe(given)
    leave_cores()
    engine = Engine(catalog.networks(), loader=functools.partial(checkpoints.load, debug=catalog.debug()))
    try:
        result = demo.replay(recipe, catalog.DEMOS, engine)
    finally:
        engine.close()
    options.out.mkdir(parents=True, exist_ok=True)
    paths = [options.out / artefact.file_name for artefact in result.artefacts]
    if options.file.resolve() in [path.resolve() for path in paths]:
        raise UserError(f"{options.file} would be overwritten: name another folder with --out.")
    for path, artefact in zip(paths, result.artefacts, strict=True):
        path.write_bytes(artefact.data)
        print(path)
    same = any(artefact.data == given for artefact in result.artefacts)
    print(f"The bytes {'equal' if same else 'differ from'} those of {options.file}.")


def _space(options: argparse.Namespace) -> None:
    from gan_demos import catalog, space

    paths = space.assemble(catalog.DEMOS, options.out)
    size = sum((options.out / path).stat().st_size for path in paths)
    print(f"{options.out}: {len(paths)} files, {size / 1e6:.0f} MB; checked.")
    print(space.PUBLISH.format(space="NAME/gan-demos", folder=options.out))

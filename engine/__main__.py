"""The engine's command line: python -m engine COMMAND. Each command has --help."""

import argparse
import sys

from .commands import data, evaluation, motions, training, weights
from .errors import EngineError


def main() -> int:
    """Run one command; a failure a user can meet is one sentence and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m engine", description="Two-person motion from text.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (motions, weights, data, training, evaluation):
        module.add_commands(commands)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except ModuleNotFoundError as error:
        print(f"This command needs {error.name}: python -m pip install -e '.[research]'.", file=sys.stderr)
        return 1
    except (EngineError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

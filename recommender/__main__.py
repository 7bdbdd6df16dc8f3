"""Run the `recommender` command, also as `python -m recommender`."""

import sys


def main() -> None:
    """Run the command; Ctrl-C ends it quietly, also while it is still being imported."""
    try:
        from recommender.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

"""Run the `recommender` command, also as `python -m recommender`."""

import sys


def main() -> None:
    """Run the command; Ctrl-C ends it quietly, also while it is still being imported."""
    try:
        from recommender.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if _was_interrupted(error):
            sys.exit(130)
        raise


def _was_interrupted(error: BaseException | None) -> bool:
    """Return whether Ctrl-C caused an error: a library may be interrupted while it is loaded."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main()

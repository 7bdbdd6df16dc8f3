"""Run the `recommender` command, also as `python -m recommender`."""

import atexit
import gc
import os
import sys
import threading

# As in `encoders/load.py`, which is not imported here: Ctrl-C may have broken off its import.
_AHEAD = "load-ahead"


def run() -> None:
    """Run the command as a process of its own."""
    gc.disable()  # almost nothing that is imported is garbage; a long command looks for it again
    try:
        main(is_process=True)
    except SystemExit as end:
        if _is_loading_ahead() or (not end.code and _is_short()):
            _end_at_once(end.code)
        raise


def _is_short() -> bool:
    from recommender.cli.commands import is_short  # not if Ctrl-C broke off its import

    return is_short(sys.argv[1:])


def _is_loading_ahead() -> bool:
    """Return whether a model is still being loaded that an error or Ctrl-C made useless."""
    return any(one.name == _AHEAD for one in threading.enumerate())


def _end_at_once(code: object) -> None:
    """End the process with the code of a `SystemExit`, without cleaning up what was imported.

    That saves a twentieth of the time of a command that answers once. Return without ending it if a
    thread does something else than load a model, or if output cannot be written: the usual end
    reports that.
    """
    others = {one.name for one in threading.enumerate() if one is not threading.main_thread()}
    if others - {_AHEAD} or not isinstance(code, int | None):
        return
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    os._exit(code or 0)


def main(is_process: bool = False) -> None:
    """Run the command; Ctrl-C ends it quietly, also while it is still being imported."""
    try:
        from recommender.cli import main as run

        run(is_process)
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
    run()

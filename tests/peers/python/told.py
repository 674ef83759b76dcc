"""How the peers tell what they saw: a JSON object a line, on standard output."""

import json
import traceback


def say(event, **what):
    print(json.dumps({"event": event, **what}, default=str), flush=True)


def check(name, holds, detail=""):
    say("check", name=name, holds=bool(holds), detail=str(detail))


def checked(name, ask):
    """Asks; an exception is a check that does not hold."""
    try:
        answer = ask()
        holds, detail = answer if isinstance(answer, tuple) else (answer, "")
        check(name, holds, detail)
    except Exception as error:  # noqa: BLE001: a peer's library may raise anything
        check(name, False, f"{type(error).__name__}: {error} {traceback.format_exc(limit=-2)}")


def raises(name, expected, ask):
    """Asks for what must be refused; the library must know the refusal as this exception and no other."""
    try:
        check(name, False, f"not refused: {ask()}")
    except Exception as error:  # noqa: BLE001
        check(name, type(error) is expected, f"{type(error).__name__}: {error}")

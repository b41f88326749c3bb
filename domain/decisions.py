"""What somebody decides about a case at the desk, named after the steps that are open to them (feature K2)."""

from collections.abc import Collection, Mapping

from domain.incidents import IncidentAction, IncidentSymbol

_A, _S = IncidentAction, IncidentSymbol
_START = ("dispatch", "take_over", "file", "check", "call")
# Which steps a decision needs; its words are the text ``desk.decide.<name>``.
STEPS: Mapping[str, frozenset[IncidentAction]] = {
    "dispatch": frozenset({_A.DISPATCH}),
    "take_over": frozenset({_A.TAKE_OVER}),
    "file": frozenset({_A.FILE}),
    "check": frozenset({_A.CHECK}),
    "call": frozenset({_A.CALL}),
    "supervise_or_hand_over": frozenset({_A.SUPERVISE, _A.HAND_OVER}),
    "take_over_or_supervise": frozenset({_A.TAKE_OVER, _A.SUPERVISE}),
    "supervise": frozenset({_A.SUPERVISE}),
    "hand_over": frozenset({_A.HAND_OVER}),
    "close_or_return": frozenset({_A.CLOSE, _A.RETURN}),
    "close": frozenset({_A.CLOSE}),
    "verify_or_return": frozenset({_A.VERIFY, _A.RETURN}),
    "verify": frozenset({_A.VERIFY}),
    "return_only": frozenset({_A.RETURN}),
    "resume": frozenset({_A.RESUME}),
}
# What is asked of whom may do it, the first that is open; where none is, somebody else decides.
_ASKED: Mapping[IncidentSymbol, tuple[str, ...]] = {
    _S.OVERDUE: ("dispatch", "supervise_or_hand_over", "take_over_or_supervise", "supervise", *_START[1:]),
    _S.DUE_SOON: ("dispatch", "hand_over", "take_over_or_supervise", "supervise", *_START[1:]),
    _S.WAITING: _START,
    _S.VERIFYING: ("close_or_return", "close", "verify_or_return", "verify", "return_only"),
}
OTHERS = "others"


def decision_of(symbol: IncidentSymbol, open_steps: Collection[IncidentAction], *, suspended: bool = False) -> str:
    """The name of the decision about a case with this symbol for whoever may do ``open_steps``; OTHERS: none is theirs.

    ``suspended``: it is listed because its review is due.
    """
    asked = ("resume",) if suspended else _ASKED.get(symbol, ())
    return next((name for name in asked if STEPS[name] <= set(open_steps)), OTHERS)

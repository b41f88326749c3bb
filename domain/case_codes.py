"""The code with which whoever reported a case reads its public page: no account, no phone number (feature C9).

It follows from the case's number by a keyed hash, so nothing is stored, and cases filed before have one, too.
"""

import base64
import hashlib
import hmac

from domain.errors import Refusal

CODE_LETTERS = 8  # of five bits each: a trillion codes for one number
# Crockford's letters: no I, L, O or U, which people read as others.
_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_MISREAD = str.maketrans({"I": "1", "L": "1", "O": "0", "-": "", " ": ""})


class TooManyCaseCodes(Refusal):
    """Wrong codes for one number from one place: it waits. Values: minutes."""

    code = "too_many_case_codes"


def case_code(key: bytes, number: str) -> str:
    """The code of a case's number, as people read it out: ``7K2M-9QXA``."""
    digest = hmac.new(key, number.encode(), hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode()[:CODE_LETTERS].translate(_LETTERS)
    return f"{letters[:4]}-{letters[4:]}"


def is_case_code(key: bytes, number: str, given: str) -> bool:
    """Whether what somebody typed is the code: small letters, missing hyphens, and O for 0 are forgiven."""
    typed = given.upper().translate(_MISREAD)
    return hmac.compare_digest(typed.encode(errors="replace"), case_code(key, number).replace("-", "").encode())

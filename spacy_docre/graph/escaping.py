"""Characters that a format has no way to write."""

import re

# Halves of a character, which no text in UTF-8 can hold.
SURROGATES = re.compile("[\ud800-\udfff]")
# What XML 1.0 has no place for, and Neo4j's files have no use for.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape(text: str, signs: "re.Pattern[str]") -> str:
    """Write characters as the escapes that Python has for them: x00 after a backslash.

    text (str): The text.
    signs (re.Pattern[str]): The characters.
    RETURNS (str): Text without them.
    """
    return signs.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)

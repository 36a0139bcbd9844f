r"""Does a value fit a publisher's pattern, in time that grows with the value and with nothing else?

A backtracking engine can be made to take years by a pattern that looks harmless: `(a+)+` on 28 letters took Python's
`re` 19 seconds, and this engine 0.02 milliseconds. Patterns come from documents of others, values from callers. So they
are matched by Rust's `regex`, through jsonschema-rs, in linear time; what it cannot do (lookaround, backreferences, a
pattern that grows beyond its limits) is refused at publication. It reads `\d` and `\w` as ECMA-262 does: ASCII only.
"""

import jsonschema_rs


class PatternRefused(ValueError):
    """A pattern is no regular expression of linear time."""


class Pattern:
    """A pattern that a whole text must fit."""

    __slots__ = ("_validator",)

    def __init__(self, pattern: str) -> None:
        """Compile a pattern. Raises `PatternRefused`."""
        try:
            # By itself first: `a)|(b` is none, and would be one between brackets.
            for whole in (pattern, f"^(?:{pattern})$"):
                self._validator = jsonschema_rs.Draft202012Validator(
                    {"pattern": whole}, pattern_options=jsonschema_rs.RegexOptions()
                )
        except (jsonschema_rs.ValidationError, ValueError) as error:
            raise PatternRefused("not a regular expression without lookaround and backreferences") from error

    def fits(self, text: str) -> bool:
        """Tell whether the whole text fits."""
        return self._validator.is_valid(text)
